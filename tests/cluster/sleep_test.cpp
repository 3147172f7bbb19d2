#include <catch2/catch.hpp>
#include <map>
#include <utility>

#include "actors/catalog.hpp"
#include "tests/support/market_day.hpp"

using namespace resalehub;
using namespace resalehub::testing;

namespace {

std::map<std::string, int> decisions_checked;  ///< by kind

/// An entity beside which a second one is put to sleep and woken at each decision: from a snapshot
/// of some time ago and the events since. Both must be the same, byte by byte.
class doubted_entity final : public awake_entity {
 public:
  explicit doubted_entity(const entity_kind& kind)
      : kind_(kind), awake_(kind.wake()), asleep_(awake_->snapshot()) {}

  result<outcome> decide(std::string_view command, const context& ctx) override {
    auto decided = awake_->decide(command, ctx);
    if (!decided) {
      CHECK(woken()->snapshot() == awake_->snapshot());  // a refusal changes nothing
      return decided;
    }
    since_.insert(since_.end(), decided->events.begin(), decided->events.end());
    CHECK(woken()->snapshot() == awake_->snapshot());
    ++decisions_checked[std::string(kind_.name)];
    if (ctx.chance % 3 == 0) fall_asleep();
    return decided;
  }
  result<answer> ask(std::string_view query, const context& ctx) const override {
    const auto twin = woken()->ask(query, ctx);
    auto mine = awake_->ask(query, ctx);
    CHECK(twin.ok() == mine.ok());
    if (twin && mine) CHECK(twin->bytes == mine->bytes);
    return mine;
  }
  void fold(std::string_view event) override {
    awake_->fold(event);
    since_.emplace_back(event);
  }
  void restore(std::string_view snapshot) override {
    awake_->restore(snapshot);
    fall_asleep();
  }
  std::string snapshot() const override { return awake_->snapshot(); }

 private:
  void fall_asleep() {
    asleep_ = awake_->snapshot();
    since_.clear();
  }
  std::unique_ptr<awake_entity> woken() const {
    auto twin = kind_.wake();
    twin->restore(asleep_);
    for (const auto& event : since_) twin->fold(event);
    return twin;
  }

  const entity_kind& kind_;
  std::unique_ptr<awake_entity> awake_;
  std::string asleep_;
  std::vector<std::string> since_;
};

constexpr std::size_t kinds_max = 16;

template <std::size_t... Numbers>
const entity_kind* doubted(kind_prefix prefix, std::index_sequence<Numbers...>) {
  static const std::array<std::unique_ptr<awake_entity> (*)(), kinds_max> wakes{
      []() -> std::unique_ptr<awake_entity> {
        return std::make_unique<doubted_entity>(catalog()[Numbers]);
      }...};
  static const auto kinds = [] {
    std::vector<entity_kind> all(catalog().begin(), catalog().end());
    for (std::size_t i = 0; i < all.size(); ++i) all[i].wake = wakes[i];
    return all;
  }();
  for (const auto& kind : kinds)
    if (kind.prefix == prefix) return &kind;
  return nullptr;
}

const entity_kind* doubted_kind(kind_prefix prefix) {
  return doubted(prefix, std::make_index_sequence<kinds_max>{});
}

/// Random people doing random things, sensible or not.
class busy_day {
 public:
  explicit busy_day(std::uint64_t seed)
      : day_({.seed = seed, .limits = {.memory_bytes = 4000}}, doubted_kind), chance_(seed) {
    for (int n = 0; n < 3; ++n) people_.push_back(day_.sign_up_seller("p" + std::to_string(n)));
    for (const auto& who : people_) {
      things_.push_back(day_.publish(who, "thing", 1 + draw(3)));
      carts_.push_back(day_.open_cart(who));
    }
  }

  void act() {
    const auto who = any(people_);
    switch (draw(16)) {
      case 0: return tell<listing::command>(any(things_), who, listing::pause{});
      case 1: return tell<listing::command>(any(things_), who, listing::resume{});
      case 2: return tell<listing::command>(any(things_), who, listing::publish{});
      case 3:
        return tell<listing::command>(any(things_), who, listing::adjust_stock{{draw(5), {}, {}}});
      case 4: things_.push_back(day_.publish(who, "thing", 1 + draw(3))); return;
      case 5: return tell<listing::command>(any(things_), who, listing::close{});
      case 6: return buy(who);
      case 7: return buy(who);
      case 8: return open_room(who);
      case 9: case 10: return chat(who);
      case 11: return fill_cart(who);
      case 12: return tell<cart::command>(any(carts_), who, cart::remove_item{1});
      case 13: return tell<user::command>(who, {}, user::open_session{});
      case 14: return tell<user::command>(who, {}, user::end_session{1});
      default: day_.world.pass(milliseconds{draw(90'000)});
    }
  }

 private:
  std::int64_t draw(std::uint64_t below) {
    return static_cast<std::int64_t>(chance_.next() % below);
  }
  template <class T>
  T any(const std::vector<T>& from) {
    return from[static_cast<std::size_t>(draw(from.size()))];
  }
  template <class Command, class What>
  void tell(const entity_id& to, const entity_id& by, What what) {
    day_.tell<Command>(to, by, std::move(what), "key" + std::to_string(++keys_));
  }
  void buy(const user_id& who) {
    const auto listing = any(things_);
    const auto facts = day_.quote(listing);
    if (!facts) return;
    const checkout_id id{who.slot, derived_ulid("c", std::to_string(++keys_))};
    tell<checkout::command>(id, who, checkout::start{{}, {{*facts, 1}}});
    static const std::vector<std::string> methods{
        "pm_card_visa", "pm_card_visa_chargeDeclined", "pm_sandbox_timeout"};
    if (draw(3) == 0) tell<checkout::command>(id, who, checkout::reserve{hold_for});
    tell<checkout::command>(id, who, checkout::complete{any(methods), hold_for});
    if (draw(3) == 0) tell<checkout::command>(id, who, checkout::cancel{});
  }
  void fill_cart(const user_id& who) {
    if (const auto facts = day_.quote(any(things_)))
      tell<cart::command>(any(carts_), who, cart::add_item{*facts, 1 + draw(2)});
  }
  void open_room(const user_id& who) {
    const auto about = any(things_);
    const auto facts = day_.quote(about);
    if (!facts) return;
    rooms_.push_back(room::id_for(who, about));
    tell<room::command>(rooms_.back(), who, room::open{about, facts->seller_id});
  }
  void chat(const user_id& who) {
    if (rooms_.empty()) return;
    const auto id = std::to_string(++keys_);
    tell<room::command>(any(rooms_), who, room::post{id, "hello"});
    tell<room::command>(any(rooms_), who, room::mark_read{1});
  }

  market_day day_;
  test_entropy chance_;
  std::vector<user_id> people_;
  std::vector<listing_id> things_;
  std::vector<cart_id> carts_;
  std::vector<room_id> rooms_;
  int keys_ = 0;
};

}  // namespace

TEST_CASE("an entity of any kind that was put to sleep comes back identical") {
  decisions_checked.clear();
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    busy_day day{seed};
    for (int n = 0; n < 150; ++n) day.act();
  }
  for (const auto& kind : catalog()) {
    CAPTURE(kind.name);
    CHECK(decisions_checked[std::string(kind.name)] > 10);
  }
}
