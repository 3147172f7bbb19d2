#include "actors/catalog.hpp"

#include <algorithm>
#include <array>

#include "actors/cart.hpp"
#include "actors/checkout.hpp"
#include "actors/email_claim.hpp"
#include "actors/listing.hpp"
#include "actors/order.hpp"
#include "actors/ports/sandbox_payment.hpp"
#include "actors/room.hpp"
#include "actors/user.hpp"

namespace resalehub {

std::span<const entity_kind> catalog() {
  static const std::array kinds{user::kind(),     email_claim::kind(), listing::kind(),
                                cart::kind(),     checkout::kind(),    order::kind(),
                                room::kind(),     sandbox_charge::kind()};
  return kinds;
}

const entity_kind* kind_of(kind_prefix prefix) {
  const auto kinds = catalog();
  const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const entity_kind& kind) {
    return kind.prefix == prefix;
  });
  return found != kinds.end() ? &*found : nullptr;
}

std::vector<drawn_machine> drawn_machines() {
  return {user::drawn(),     email_claim::drawn(), listing::drawn(), cart::drawn(),
          checkout::drawn(), order::drawn(),       room::drawn(),    sandbox_charge::drawn()};
}

}  // namespace resalehub
