#pragma once
/// The contract of a payment provider, whoever it is. A `call` on port "payment" has the packed
/// `request`, its answer is the packed `outcome`. One key is one charge for ever: asking again
/// gives the same outcome. `cancel` is always answered: `captured` when it came too late, else
/// `cancelled`, after which nothing is or will ever be captured under that key.

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "actors/ids.hpp"
#include "base/described.hpp"
#include "base/money.hpp"

namespace resalehub::payment {

inline constexpr std::string_view port = "payment";

/// 422 unless it reads like a provider's token: pm_ and letters, digits, underscores. So no card
/// number is ever taken.
std::optional<problem> refusal_of_method(std::string_view method);

struct charge {
  money amount;
  std::string method;
  resalehub::checkout_id checkout_id;
};
struct cancel {};
using request = std::variant<charge, cancel>;
RESALEHUB_DESCRIBE(charge, amount, method, checkout_id)
RESALEHUB_DESCRIBE(cancel)

struct captured {
  resalehub::charge_id charge_id;
};
struct declined {
  std::string decline_code;
};
struct action_required {};  ///< nothing was captured, and nothing will be under this key
struct cancelled {};
using outcome = std::variant<captured, declined, action_required, cancelled>;
RESALEHUB_DESCRIBE(captured, charge_id)
RESALEHUB_DESCRIBE(declined, decline_code)
RESALEHUB_DESCRIBE(action_required)
RESALEHUB_DESCRIBE(cancelled)

}  // namespace resalehub::payment
