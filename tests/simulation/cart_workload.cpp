// Carts, each changed from several devices: whether every acknowledged line is there once, with the
// quantity that was said, and versions count the changes.

#include <map>
#include <set>

#include "actors/cart.hpp"
#include "base/json.hpp"
#include "tests/simulation/client_workload.hpp"
#include "tests/simulation/workloads.hpp"

namespace resalehub::simulation {

/// A cart as a command shows it: nothing is priced anew, so there are no problems.
struct shown_cart {
  cart_id id;
  cart::phase status = cart::phase::open;
  std::vector<line_view> lines;
  std::vector<std::string> problems;
  cart::totals_view totals;
  std::uint64_t version = 0;
  std::vector<std::string> allowed_actions;
};
RESALEHUB_DESCRIBE(shown_cart, id, status, lines, problems, totals, version, allowed_actions)

namespace {

constexpr std::uint32_t carts_max = 2;
constexpr std::uint32_t things_of_a_client = 8;
const currency euro = *currency::from_text("EUR");

class cart_workload final : public client_workload {
 public:
  explicit cart_workload(world& in)
      : client_workload(in, {.name = "carts", .pause_ms = 120, .actions_max = 120}) {
    for (std::uint32_t n = 0; n < carts_max; ++n) {
      one_cart made;
      made.owner = user_id{static_cast<slot_number>(chance_.below(slots_max)),
                           derived_ulid("cart owner", std::to_string(n))};
      made.id = cart_id{made.owner.slot, derived_ulid("cart", std::to_string(n))};
      carts_.push_back(std::move(made));
    }
  }

  void begin() override {
    for (auto& one : carts_)
      send(command_of<cart::command>(one.id, one.owner, cart::open{}, "open"),
           [this, &one](const client_answer& said) {
             if (said && *said) ++opened_, one.versions.insert((*said)->version);
             if (opened_ == carts_max) client_workload::begin();
           },
           {.patience_ms = 300'000});
  }

  void check() override {
    if (opened_ < carts_max) return violated("L2", "a cart does not open");
    for (const auto& one : carts_)
      for (machine_number at = 1; at <= in_.machines(); ++at)
        if (!in_.broken()) check_cart(one, at);
  }

 private:
  struct one_cart {
    cart_id id;
    user_id owner;
    std::set<std::uint64_t> versions;  ///< each made by one acknowledged change
    std::uint64_t unknown = 0;         ///< changes that may have been
  };
  /// Something that one device alone puts into its cart and takes out.
  struct thing {
    listing_id id;
    std::int64_t quantity = 0;            ///< 0: not in the cart
    std::string line;
    std::optional<std::int64_t> or_else;  ///< after a change of which nothing was heard: the last
  };
  struct change {
    cart::command command;
    std::int64_t leaves = 0;
    std::optional<std::uint64_t> expected;
    std::uint64_t newest = 0;  ///< that was known when it began
  };

  one_cart& cart_of(std::uint32_t client) { return carts_[client % carts_max]; }

  thing& thing_of(std::uint32_t client) {
    const auto which = chance_.below(things_of_a_client);
    auto& out = things_[{client, which}];
    const auto name = std::to_string(client) + "/" + std::to_string(which);
    out.id = listing_id{static_cast<slot_number>(which), derived_ulid("cart thing", name)};
    return out;
  }

  listing::quote quote_of(const thing& what) const {
    const user_id seller{7, derived_ulid("cart seller")};
    return {what.id, seller, "a thing", {1000, euro}, 100'000, listing::sale::on_sale, 1};
  }

  /// Each changes something: there is no change without a version.
  change some_change(const thing& what) {
    const auto dice = chance_.below(100);
    if (what.quantity == 0 || (dice < 40 && what.quantity < 900)) {
      const auto more = chance_.between(1, 5);
      return {cart::add_item{quote_of(what), more}, what.quantity + more, {}, 0};
    }
    const auto line = *cart::line_number(what.line);
    if (dice < 70) {
      const auto other = what.quantity % 900 + chance_.between(1, 9);
      return {cart::set_quantity{line, other}, other, {}, 0};
    }
    return {cart::remove_item{line}, 0, {}, 0};
  }

  void act(std::uint32_t client) override {
    auto& what = thing_of(client);
    if (what.or_else) return next(client);
    auto& in = cart_of(client);
    auto made = some_change(what);
    made.newest = *in.versions.rbegin();
    if (chance_.chance(250'000)) made.expected = made.newest;
    auto request = command_of<cart::command>(in.id, in.owner, made.command, fresh_key());
    request.expected_version = made.expected;
    send(std::move(request), [this, client, &what, made](const client_answer& said) {
      heard_of(cart_of(client), what, made, said);
      next(client);
    });
  }

  void heard_of(one_cart& in, thing& what, const change& made, const client_answer& said) {
    if (!said) {
      ++in.unknown;
      what.or_else = made.leaves;
      return;
    }
    if (refused_with(said, code::version_conflict) && made.expected) return;
    if (!*said) return violated("A1", "a cart's change was " + outcome_of(said));
    const auto version = (*said)->version;
    if (version <= made.newest || !in.versions.insert(version).second)
      return violated("cart version", "a change made version " + std::to_string(version) +
                                          ", known before was " + std::to_string(made.newest));
    if (made.expected && version != *made.expected + 1)
      return violated("cart version", "a change of version " + std::to_string(*made.expected) +
                                          " made " + std::to_string(version));
    const auto view = from_json<shown_cart>((*said)->bytes);
    if (!view) return violated("A1", "a cart was answered with " + (*said)->bytes);
    what.quantity = made.leaves;
    for (const auto& line : view->lines)
      if (line.listing_id == what.id) what.line = line.id;
    const auto there = quantity_of(*view, what.id);
    if (there != made.leaves)
      violated("cart line", "a change to " + std::to_string(made.leaves) + " was answered with " +
                                std::to_string(there));
  }

  /// All lines of it together: there must not be two.
  template <class Cart>
  static std::int64_t quantity_of(const Cart& in, const listing_id& what) {
    std::int64_t sum = 0;
    for (const auto& line : in.lines)
      if (line.listing_id == what) sum += sum == 0 ? line.quantity : 1'000'000;
    return sum;
  }

  void check_cart(const one_cart& one, machine_number at) {
    const auto said = answer_at(at, query_of<cart::query>(one.id, one.owner, cart::read_sheet{}));
    cart::sheet there;
    if (!said || !*said || !unpack((*said)->bytes, there))
      return violated("L2", "a cart cannot be read: " + outcome_of(said));
    const auto changes = one.versions.size();
    if (there.version < changes || there.version > changes + one.unknown)
      return violated("cart version", std::to_string(changes) + " changes were acknowledged, " +
                                          std::to_string(one.unknown) + " may have been, but it" +
                                          " is at version " + std::to_string(there.version));
    std::size_t lines = 0;
    for (const auto& [whose, what] : things_) {
      if (&cart_of(whose.first) != &one) continue;
      const auto quantity = quantity_of(there, what.id);
      lines += quantity != 0;
      if (quantity != what.quantity && quantity != what.or_else)
        return violated("cart line", "a line has " + std::to_string(quantity) + ", not " +
                                         std::to_string(what.quantity));
    }
    if (lines != there.lines.size()) violated("cart line", "there are lines that nobody made");
  }

  std::vector<one_cart> carts_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, thing> things_;
  std::uint32_t opened_ = 0;
};

}  // namespace

std::unique_ptr<workload> make_cart_workload(world& in) {
  return std::make_unique<cart_workload>(in);
}

}  // namespace resalehub::simulation
