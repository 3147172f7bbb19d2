// The books of a shop, once nothing goes wrong any more.

#include <algorithm>

#include "actors/row_key.hpp"
#include "actors/user.hpp"
#include "base/json.hpp"
#include "tests/simulation/shopping.hpp"

namespace resalehub::simulation {
namespace {

constexpr virtual_ns grace_ns = 30 * second_ns;
constexpr virtual_ns ending_ns = 20 * second_ns;  ///< of what the check itself cancels
constexpr std::uint32_t everything = 1'000'000;

bool is_over(checkout::phase now) {
  switch (now) {
    case checkout::phase::absent:
    case checkout::phase::open:
    case checkout::phase::completed:
    case checkout::phase::expired:
    case checkout::phase::cancelled: return true;
    case checkout::phase::reserving:
    case checkout::phase::reserved:
    case checkout::phase::awaiting_payment:
    case checkout::phase::voiding:
    case checkout::phase::releasing:
    case checkout::phase::completing: return false;
  }
  fail("a checkout is in a phase");
}

std::string name(checkout::phase which) { return std::string(resalehub::name_of(which)); }

/// The phases that its table leads to from each, over any number of steps.
const std::map<std::string, std::set<std::string>>& ways_of_a_checkout() {
  static const auto made = [] {
    std::map<std::string, std::set<std::string>> ways;
    for (const auto& row : checkout::drawn().rows)
      ways[std::string(row.from)].insert(std::string(row.to));
    for (bool more = true; more;) {
      more = false;
      for (auto& [from, to] : ways)
        for (const auto& step : std::set<std::string>(to))
          for (const auto& further : ways[step]) more |= to.insert(further).second;
    }
    return ways;
  }();
  return made;
}

}  // namespace

machine_number shopping::any_machine() {
  return static_cast<machine_number>(1 + chance_.below(in_.machines()));
}

void shopping::check() {
  if (missing_ > 0) return violated("L2", "the shop did not open");
  const auto end = stopped_at() + plan_.hold_ms_max * millisecond_ns + grace_ns;
  const auto left = std::max(end - in_.time().now(), ending_ns);
  until_right("L4", left, [this] { return what_is_not_over(); });
  if (in_.broken()) return;
  in_.run_for(2 * second_ns);  // lists follow
  read_captures();
  for (const auto& one : purchases_) {
    if (in_.broken()) return;
    check_course(one);
    check_complete(one);
  }
  for (const auto& one : things_)
    if (!in_.broken()) check_stock(one);
  if (!in_.broken()) until_right("O10", grace_ns, [this] { return what_sales_lack(); });
}

// -- the end of each ------------------------------------------------------------------------------

/// False: it cannot be read.
bool shopping::look_at(purchase& one) {
  const auto said =
      answer_at(any_machine(), query_of<checkout::query>(one.id, one.buyer, checkout::read{}));
  if (refused_with(said, code::not_found)) {
    if (one.started) violated("O10", to_text(one.id) + " was started and is not there");
    one.last.emplace().status = checkout::phase::absent;
    return true;
  }
  if (!said || !*said) return false;
  const auto view = from_json<checkout::view>((*said)->bytes);
  if (!view) return false;
  one.last = *view;
  one.seen.emplace(view->version, view->status);
  return true;
}

std::string shopping::what_is_not_over() {
  const bool clocks_lie = in_.options().has(fault_class::clocks);
  const instant now{run_began_unix_ms + in_.time().now() / millisecond_ns};
  std::string found;
  for (auto& one : purchases_) {
    if (in_.broken()) return found;
    if (one.last && is_over(one.last->status)) continue;
    if (!look_at(one)) return to_text(one.id) + " cannot be read";
    if (is_over(one.last->status)) continue;
    found = to_text(one.id) + " is still " + name(one.last->status);
    // A clock that was far ahead said when it ends: its buyer does not wait for that.
    const auto& ends = one.last->reservation_expires_at;
    if (!clocks_lie || one.cancelled || !ends || *ends < now + milliseconds{20'000}) continue;
    one.cancelled = true;
    send(command_of<checkout::command>(one.id, one.buyer, checkout::cancel{}, fresh_key()),
         [](const client_answer&) {});
  }
  return found;
}

void shopping::check_course(const purchase& one) {
  const auto& ways = ways_of_a_checkout();
  auto before = checkout::phase::absent;
  for (const auto& [version, now] : one.seen) {
    const auto from = ways.find(name(before));
    const bool led = now == before || (from != ways.end() && from->second.contains(name(now)));
    if (!led)
      violated("O3", to_text(one.id) + " was " + name(before) + ", at version " +
                         std::to_string(version) + " it is " + name(now));
    before = now;
  }
}

// -- money and orders -----------------------------------------------------------------------------

void shopping::read_captures() {
  scan request;
  request.index = sandbox_charge::captures_index;
  request.limit = everything;
  for (const auto& row : rows_at(any_machine(), request)) {
    sandbox_charge::capture_row capture;
    if (!unpack(row.value, capture)) return violated("P4", "a capture cannot be read");
    captures_[capture.checkout_id].push_back(capture.amount);
  }
}

void shopping::check_complete(const purchase& one) {
  const auto& captures = captures_[one.id];
  const auto what = to_text(one.id) + ", " + name(one.last->status) + ",";
  if (one.last->status != checkout::phase::completed) {
    if (one.complete) violated("O10", what + " was said to be complete");
    if (!captures.empty()) violated("P4", what + " was charged");
    return;
  }
  if (captures.size() != 1)
    return violated("P4", what + " was charged " + std::to_string(captures.size()) + " times");
  if (one.complete && one.complete->order_ids != one.last->order_ids)
    return violated("O10", what + " has other orders than its buyer was told");
  std::int64_t total = 0;
  std::set<user_id> sellers;
  for (const auto& line : one.last->lines) {
    auto* sold = thing_of(line.listing_id);
    if (!sold || !sold->prices.contains(line.unit_price.amount))
      return violated("O4", what + " has a price that nobody asked");
    sold_[line.listing_id] += line.quantity;
    sellers.insert(sold->seller);
  }
  if (one.last->order_ids.size() != sellers.size())
    violated("O10", what + " has not one order a seller");
  for (const auto& id : one.last->order_ids)
    if (!in_.broken()) check_order(one, id, total);
  if (total != captures[0].amount || total != one.last->totals.total.amount)
    violated("P3", what + " has orders of " + std::to_string(total) + ", charged were " +
                       std::to_string(captures[0].amount));
}

void shopping::check_order(const purchase& one, const order_id& id, std::int64_t& total) {
  const auto said = answer_at(any_machine(), query_of<order::query>(id, one.buyer, order::read{}));
  if (!said || !*said)
    return violated("O10", to_text(id) + " of " + to_text(one.id) + ": " + outcome_of(said));
  const auto there = from_json<order::view>((*said)->bytes);
  if (!there || there->checkout_id != one.id || there->buyer_id != one.buyer)
    return violated("O10", to_text(id) + " is not an order of " + to_text(one.id));
  std::int64_t sum = 0;
  for (const auto& line : there->lines) {
    sum += line.quantity * line.unit_price.amount;
    const bool bought = std::any_of(
        one.last->lines.begin(), one.last->lines.end(), [&](const line_view& wanted) {
          return wanted.listing_id == line.listing_id && wanted.quantity == line.quantity &&
                 wanted.unit_price == line.unit_price && wanted.seller_id == there->seller_id;
        });
    if (!bought) violated("O4", to_text(id) + " has a line that its checkout has not");
  }
  if (sum != there->totals.total.amount) violated("P3", to_text(id) + " does not add up");
  if (!sales_[there->seller_id].insert(id).second)
    violated("P4", to_text(id) + " is of two purchases");
  total += sum;
}

// -- stock and sales ------------------------------------------------------------------------------

void shopping::check_stock(const thing& one) {
  const auto said =
      answer_at(any_machine(), query_of<listing::query>(one.id, one.seller, listing::read{}));
  const auto there = said && *said ? from_json<listing::view>((*said)->bytes)
                                   : result<listing::view>{problem{}};
  if (!there) return violated("O10", "a listing cannot be read: " + outcome_of(said));
  const auto sold = sold_[one.id];
  const auto what = to_text(one.id) + ", " + std::to_string(one.stock) + " in stock,";
  if (sold > one.stock)
    violated(one.stock == 1 ? "O1" : "O2", what + " was sold " + std::to_string(sold) + " times");
  if (there->quantity != one.stock || there->available != one.stock - sold)
    violated("O2", what + " of which " + std::to_string(sold) + " are sold, has " +
                       std::to_string(there->available) + " available");
  const bool sold_out = there->status == listing::phase::sold_out;
  if (sold_out != (sold == one.stock))
    violated("O3", what + " of which " + std::to_string(sold) + " are sold, is " +
                       std::string(resalehub::name_of(there->status)));
}

/// Orders leave a row with their seller; buyers list theirs.
std::string shopping::what_sales_lack() {
  std::set<order_id> all;
  scan request;
  request.limit = everything;
  for (const auto& seller : sellers_) {
    request.index = user::sales_index(seller);
    request.place = seller.slot;
    std::set<order_id> there;
    for (const auto& row : rows_at(any_machine(), request))
      if (const auto id = row_key::id_at_end<order_id>(row.key)) there.insert(*id);
    if (there != sales_[seller])
      return to_text(seller) + " has " + std::to_string(there.size()) + " sales, not " +
             std::to_string(sales_[seller].size());
    all.insert(there.begin(), there.end());
  }
  std::size_t bought = 0;
  for (const auto& buyer : buyers_) {
    request.index = order::bought_index(buyer);
    request.place = buyer.slot;
    for (const auto& row : rows_at(any_machine(), request))
      if (const auto id = row_key::id_at_end<order_id>(row.key)) bought += all.contains(*id);
  }
  if (bought != all.size())
    return "buyers list " + std::to_string(bought) + " of " + std::to_string(all.size()) +
           " orders";
  return {};
}

}  // namespace resalehub::simulation
