#include "tests/simulation/shopping.hpp"

#include <algorithm>
#include <array>

#include "actors/cart.hpp"
#include "actors/user.hpp"
#include "base/json.hpp"

namespace resalehub::simulation {
namespace {

const currency euro = *currency::from_text("EUR");
constexpr std::int64_t price_minor_max = 10'000;
constexpr insistence patient{.patience_ms = 300'000};
constexpr insistence slow{.patience_ms = 20'000};  ///< what waits for others

}  // namespace

/// One purchase from its first thought to its end.
struct shopping::errand {
  std::uint32_t client = 0;
  user_id buyer;
  std::vector<std::pair<listing_id, std::int64_t>> wanted;
  std::optional<cart_id> cart;
  std::vector<std::uint32_t> cart_lines;
  std::vector<checkout::wanted_line> lines;
  std::size_t number = 0;  ///< of the purchase
  milliseconds hold{0};
  std::uint32_t tries = 0;
};

shopping::shopping(world& in, shop_plan plan)
    : client_workload(in, plan.how), plan_(std::move(plan)) {
  const auto person = [&](const std::string& what, std::uint32_t number) {
    return user::id_for_signup(plan_.how.name + "/" + what + "/" + std::to_string(number));
  };
  for (std::uint32_t n = 0; n < plan_.sellers; ++n) sellers_.push_back(person("seller", n));
  for (std::uint32_t n = 0; n < in.options().clients; ++n) buyers_.push_back(person("buyer", n));
  for (std::size_t n = 0; n < plan_.stocks.size(); ++n) {
    thing one;
    one.seller = sellers_[n % plan_.sellers];
    one.id = {one.seller.slot, derived_ulid("thing", plan_.how.name, std::to_string(n))};
    one.stock = plan_.stocks[n];
    one.prices.insert(chance_.between(1, price_minor_max));
    things_.push_back(std::move(one));
  }
}

shopping::thing* shopping::thing_of(const listing_id& id) {
  for (auto& one : things_)
    if (one.id == id) return &one;
  return nullptr;
}

milliseconds shopping::some_hold() {
  return milliseconds{chance_.between(2'000, plan_.hold_ms_max)};
}

// -- before they open -----------------------------------------------------------------------------

void shopping::in_turn(std::vector<resalehub::ask> asks, std::function<void()> then) {
  if (asks.empty()) return then();
  auto first = std::move(asks.front());
  asks.erase(asks.begin());
  send(std::move(first),
       [this, asks = std::move(asks), then = std::move(then)](const client_answer& said) mutable {
         if (said && *said) return in_turn(std::move(asks), std::move(then));
         if (said) violated("A1", "before the shop opened something was " + outcome_of(said));
       },
       patient);
}

void shopping::begin() {
  missing_ = static_cast<std::uint32_t>(sellers_.size() + buyers_.size());
  for (std::uint32_t n = 0; n < sellers_.size(); ++n) open_shop(n);
  for (std::size_t n = 0; n < buyers_.size(); ++n) {
    const auto mail = "buyer" + std::to_string(n) + "@" + plan_.how.name + ".org";
    in_turn({command_of<user::command>(buyers_[n], {}, user::sign_up{mail, "hash", "Buyer"}, "up")},
            [this] { ready(); });
  }
}

void shopping::open_shop(std::uint32_t number) {
  const auto& who = sellers_[number];
  const auto mail = "seller" + std::to_string(number) + "@" + plan_.how.name + ".org";
  std::vector<resalehub::ask> asks{
      command_of<user::command>(who, {}, user::sign_up{mail, "hash", "Seller"}, "up"),
      command_of<user::command>(who, who, user::open_seller{}, "sell")};
  for (const auto& one : things_) {
    if (one.seller != who) continue;
    const money price{*one.prices.begin(), euro};
    listing::create what{{"A thing", "", "shop", listing::condition::good, price, one.stock},
                         {who, true}};
    asks.push_back(command_of<listing::command>(one.id, who, std::move(what), "create"));
    asks.push_back(command_of<listing::command>(one.id, who, listing::publish{}, "publish"));
  }
  in_turn(std::move(asks), [this] { ready(); });
}

void shopping::ready() {
  if (--missing_ == 0) client_workload::begin();
}

// -- what they do ---------------------------------------------------------------------------------

void shopping::act(std::uint32_t client) {
  if (chance_.below(100) < plan_.of_hundred_repriced) return reprice(client);
  const auto who = std::make_shared<errand>();
  who->client = client;
  who->buyer = buyers_[client];
  std::set<std::size_t> chosen;
  const auto lines = chance_.between(1, plan_.lines_max);
  for (std::int64_t n = 0; n < lines; ++n) chosen.insert(chance_.below(things_.size()));
  for (const auto n : chosen)
    who->wanted.emplace_back(things_[n].id,
                             things_[n].stock > 3 ? chance_.between(1, 3) : std::int64_t{1});
  if (chance_.below(100) < plan_.of_hundred_by_cart) return fill_cart(who);
  quote(who, 0);
}

void shopping::reprice(std::uint32_t client) {
  auto& one = things_[chance_.below(things_.size())];
  const auto price = chance_.between(1, price_minor_max);
  one.prices.insert(price);
  listing::edit_body body;
  body.price = money{price, euro};
  send(command_of<listing::command>(one.id, one.seller, listing::edit{body}, fresh_key()),
       [this, client](const client_answer& said) {
         // It may have been sold meanwhile.
         if (said && !*said && !refused_with(said, code::invalid_transition))
           violated("A1", "a new price was " + outcome_of(said));
         next(client);
       });
}

void shopping::fill_cart(const shopper& who) {
  send(command_of<user::command>(who->buyer, who->buyer, user::open_cart{}, fresh_key()),
       [this, who](const client_answer& said) {
         user::cart_pointer pointer;
         if (!said || !*said || !unpack((*said)->bytes, pointer)) return next(who->client);
         who->cart = pointer.cart_id;
         in_turn({command_of<cart::command>(*who->cart, who->buyer, cart::open{}, fresh_key())},
                 [this, who] { add_to_cart(who, 0); });
       });
}

void shopping::add_to_cart(const shopper& who, std::size_t next_thing) {
  if (next_thing == who->wanted.size()) return take_sheet(who);
  const auto& [id, quantity] = who->wanted[next_thing];
  send(query_of<listing::query>(id, who->buyer, listing::read_quote{}),
       [this, who, next_thing, quantity = quantity](const client_answer& said) {
         listing::quote now;
         if (!said || !*said || !unpack((*said)->bytes, now)) return next(who->client);
         send(command_of<cart::command>(*who->cart, who->buyer, cart::add_item{now, quantity},
                                        fresh_key()),
              [this, who, next_thing](const client_answer&) { add_to_cart(who, next_thing + 1); });
       });
}

/// With all that is in it, also from before.
void shopping::take_sheet(const shopper& who) {
  send(query_of<cart::query>(*who->cart, who->buyer, cart::read_sheet{}),
       [this, who](const client_answer& said) {
         cart::sheet sheet;
         if (!said || !*said || !unpack((*said)->bytes, sheet)) return next(who->client);
         who->wanted.clear();
         for (const auto& line : sheet.lines) {
           who->wanted.emplace_back(line.listing_id, line.quantity);
           who->cart_lines.push_back(line.number);
         }
         if (who->wanted.empty()) return next(who->client);
         quote(who, 0);
       });
}

void shopping::quote(const shopper& who, std::size_t next_line) {
  if (next_line == who->wanted.size()) return start(who);
  const auto& [id, quantity] = who->wanted[next_line];
  send(query_of<listing::query>(id, who->buyer, listing::read_quote{}),
       [this, who, next_line, quantity = quantity](const client_answer& said) {
         checkout::wanted_line line{.quantity = quantity};
         if (!said || !*said || !unpack((*said)->bytes, line.listing)) return next(who->client);
         const auto* one = thing_of(line.listing.listing_id);
         if (one && (line.listing.available < 0 || line.listing.available > one->stock))
           violated("O2", std::to_string(line.listing.available) + " of " +
                              std::to_string(one->stock) + " are said to be available");
         who->lines.push_back(std::move(line));
         quote(who, next_line + 1);
       });
}

void shopping::start(const shopper& who) {
  if (stopped()) return;
  const auto key = fresh_key();
  who->number = purchases_.size();
  const checkout_id id{who->buyer.slot, derived_ulid("checkout", key)};
  purchases_.push_back({who->buyer, id});
  send(command_of<checkout::command>(id, who->buyer, checkout::start{who->cart, who->lines}, key),
       [this, who](const client_answer& said) {
         note(who->number, said);
         if (!said) return next(who->client);
         if (!*said) return clear_cart(who);  // sold out, for one
         purchases_[who->number].started = true;
         who->hold = some_hold();
         think(who);
       });
}

/// What was to be had may be gone when they have made up their minds.
void shopping::think(const shopper& who) {
  in_.time().after(chance_.exponential(plan_.thinking_ms) * millisecond_ns, [this, who] {
    if (stopped()) return;
    if (chance_.chance(500'000)) reserve(who);
    else pay(who);
  });
}

void shopping::reserve(const shopper& who) {
  send(command_of<checkout::command>(purchases_[who->number].id, who->buyer,
                                     checkout::reserve{who->hold}, fresh_key()),
       [this, who](const client_answer& said) {
         note(who->number, said);
         if (!said) return next(who->client);
         if (!*said) return clear_cart(who);
         if (chance_.below(100) < plan_.of_hundred_left) return next(who->client);
         pay(who);
       },
       slow);
}

void shopping::pay(const shopper& who) {
  const auto dice = chance_.below(100);
  auto limit = plan_.of_hundred_declined;
  const char* method = "pm_card_visa";
  if (dice < limit)
    method = chance_.chance(500'000) ? "pm_card_visa_chargeDeclined"
                                     : "pm_card_authenticationRequired";
  else if (dice < (limit += plan_.of_hundred_silent)) method = "pm_sandbox_timeout";
  send(command_of<checkout::command>(purchases_[who->number].id, who->buyer,
                                     checkout::complete{method, who->hold}, fresh_key()),
       [this, who](const client_answer& said) { paid(who, said); }, slow);
  if (chance_.below(100) >= plan_.of_hundred_cancelled) return;
  in_.time().after(chance_.between(0, 3'000) * millisecond_ns, [this, who] {
    if (!stopped()) cancel(who, [] {});
  });
}

void shopping::paid(const shopper& who, const client_answer& said) {
  note(who->number, said);
  if (!said) return next(who->client);
  if (*said) return next(who->client);
  const auto why = said->problem().code;
  if (why != code::payment_declined && why != code::payment_action_required)
    return clear_cart(who);
  const auto dice = chance_.below(100);
  if (dice < 60 && ++who->tries < 3 && !stopped()) return pay(who);
  if (dice < 80) return cancel(who, [this, who] { clear_cart(who); });
  next(who->client);
}

void shopping::cancel(const shopper& who, std::function<void()> then) {
  send(command_of<checkout::command>(purchases_[who->number].id, who->buyer, checkout::cancel{},
                                     fresh_key()),
       [this, who, then = std::move(then)](const client_answer& said) {
         note(who->number, said);
         then();
       },
       slow);
}

void shopping::clear_cart(const shopper& who) {
  if (!who->cart || who->cart_lines.empty()) return next(who->client);
  const auto line = who->cart_lines.back();
  who->cart_lines.pop_back();
  send(command_of<cart::command>(*who->cart, who->buyer, cart::remove_item{line}, fresh_key()),
       [this, who](const client_answer&) { clear_cart(who); });
}

// -- what they hear -------------------------------------------------------------------------------

namespace {

/// What a buyer may be told of a purchase that does not come about.
constexpr std::array known{code::payment_declined,    code::payment_action_required,
                           code::insufficient_stock,  code::price_changed,
                           code::reservation_expired, code::invalid_transition,
                           code::checkout_completed};

bool is_known(code why) { return std::find(known.begin(), known.end(), why) != known.end(); }

}  // namespace

void shopping::note(std::size_t number, const client_answer& said) {
  if (!said) return;
  if (!*said) {
    if (!is_known(said->problem().code)) violated("A1", "a purchase was " + outcome_of(said));
    return;
  }
  const auto view = from_json<checkout::view>((*said)->bytes);
  if (!view) return violated("A1", "a purchase was answered with " + (*said)->bytes);
  auto& one = purchases_[number];
  const auto [at, fresh] = one.seen.emplace(view->version, view->status);
  if (!fresh && at->second != view->status)
    violated("O3", "a checkout was two things at version " + std::to_string(view->version));
  if (view->status != checkout::phase::completed || one.complete) return;
  one.complete = *view;
  completed(*view);
}

void shopping::completed(const checkout::view& told) {
  ++in_.figures()["purchases complete"];
  for (const auto& line : told.lines) {
    auto* one = thing_of(line.listing_id);
    if (!one) return violated("O2", "something was bought that nobody sells");
    one->bought += line.quantity;
    if (one->bought > one->stock)
      violated(one->stock == 1 ? "O1" : "O2", std::to_string(one->bought) + " were sold of " +
                                                  std::to_string(one->stock));
  }
}

}  // namespace resalehub::simulation
