#pragma once
/// Checkouts in every phase, for the tests of checkout.cpp and checkout_process.cpp.

#include <string>
#include <vector>

#include "actors/cart.hpp"
#include "actors/checkout.hpp"
#include "tests/support/every_entity.hpp"

namespace resalehub::checkout {

namespace checkout_words {

using namespace given_words;

inline const rules_of<state, command, event, query> rules{decide, apply, ask, show, index};
using given_checkout = given<state, command, event, query>;

inline const auto self = nth<checkout_id>(1);
inline const auto ann = nth<user_id>(1);  // sells
inline const auto eve = nth<user_id>(3);  // sells, too
inline const auto bob = nth<user_id>(2);
inline const auto bike = nth<listing_id>(1);
inline const auto lamp = nth<listing_id>(2);
inline const auto bob_cart = nth<cart_id>(1);
inline const auto charge = nth<charge_id>(1);
inline const auto group = nth<order_group_id>(1);
inline const money ten{1000, *currency::from_text("EUR")};
inline const money dollars{1000, *currency::from_text("USD")};
inline const money thirty{3000, *currency::from_text("EUR")};
inline constexpr milliseconds hold_ms{900'000};
inline const waiter first{nth_request(1), bob};
inline const waiter second{nth_request(2), bob};

inline listing::quote of(const listing_id& id, const user_id& seller) {
  return {id, seller, "A thing", ten, 5, listing::sale::on_sale, 2};
}
inline std::vector<wanted_line> wanted() { return {{of(bike, ann), 2}, {of(lamp, eve), 1}}; }
inline started begun() {
  return {self,
          bob,
          nth_request(1),
          bob_cart,
          {{1, bike, ann, "A thing", 2, ten}, {2, lamp, eve, "A thing", 1, ten}},
          thirty};
}
inline payment_captured paid() {
  return {charge, group, {{nth<order_id>(1), ann}, {nth<order_id>(2), eve}}, noon};
}
inline answered fine(std::string tag) { return {std::move(tag), "", {}}; }
inline answered emptied_cart() { return {"cart", packed(cart::remainder{true}), {}}; }
inline answered no(std::string tag, code why) { return {std::move(tag), "", problem{why, "no"}}; }
inline answered came(std::string tag, payment::outcome outcome) {
  return {std::move(tag), packed(outcome), {}};
}

inline given_checkout with(std::vector<event> history) { return {rules, self, history}; }
template <class... More>
inline given_checkout after_start(More... more) {
  return with({begun(), more...});
}
inline given_checkout absent() { return with({}); }
inline given_checkout open_one() { return after_start(); }
inline given_checkout reserving_one() { return after_start(reserving_started{first, hold_ms, ""}); }
template <class... More>
inline given_checkout after_reserved(More... more) {
  return after_start(reserving_started{first, hold_ms, ""}, line_held{1}, line_held{2},
                     reserved{noon + hold_ms}, more...);
}
inline given_checkout reserved_one() { return after_reserved(); }
inline given_checkout claiming() {
  return after_reserved(payment_started{first, "pm_card_visa"});
}
inline given_checkout paying() {
  return after_reserved(payment_started{first, "pm_card_visa"}, cart_claimed{});
}
inline given_checkout voiding_one() {
  return after_reserved(payment_started{first, "pm_card_visa"}, cart_claimed{},
                        voiding_started{ending::expired});
}
inline given_checkout releasing_one() { return after_reserved(releasing_started{ending::expired}); }
inline given_checkout completing_one() {
  return after_reserved(payment_started{first, "pm_card_visa"}, cart_claimed{},
                        paid());
}
inline given_checkout completed_one() {
  return after_reserved(payment_started{first, "pm_card_visa"}, cart_claimed{},
                        paid(), completed{});
}
inline given_checkout expired_one() {
  return after_reserved(releasing_started{ending::expired}, line_released{1}, line_released{2},
                        expired{});
}
inline given_checkout cancelled_one() { return after_start(cancelled{}); }

inline std::vector<std::string> tags_of(const told<state, event>& d) {
  std::vector<std::string> tags;
  for (const auto& one : d.effects<send>()) tags.push_back(one.tag);
  for (const auto& one : d.effects<call>()) tags.push_back(one.tag);
  return tags;
}
using tags = std::vector<std::string>;

}  // namespace checkout_words

}  // namespace resalehub::checkout
