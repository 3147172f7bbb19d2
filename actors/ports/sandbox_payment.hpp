#pragma once
/// The sandbox's side of the payment contract, as an entity: one a key, so a charge survives
/// anything. The port's adapter asks `id_for(key)` with the call's own bytes (command is
/// payment::request), as nobody, and gives the answer back. A charge of pm_sandbox_timeout is
/// answered by nothing but its cancellation.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/ids.hpp"
#include "actors/machine.hpp"
#include "actors/ports/payment.hpp"
#include "base/entity_kind.hpp"

namespace resalehub::sandbox_charge {

charge_id id_for(std::string_view key);

/// One row a capture: key lowest_first(0, charge), value capture_row.
inline constexpr std::string_view captures_index = "captures";
struct capture_row {
  money amount;
  resalehub::checkout_id checkout_id;
};
RESALEHUB_DESCRIBE(capture_row, amount, checkout_id)

// -- state ----------------------------------------------------------------------------------------

enum class phase { absent, silent, captured, declined, action_required, cancelled };
BOOST_DESCRIBE_ENUM(phase, absent, silent, captured, declined, action_required, cancelled)

struct state {
  charge_id id;
  sandbox_charge::phase phase = phase::absent;
  money amount;
  std::string method;
  resalehub::checkout_id checkout_id;
  request_id waiting;  ///< while silent
  std::uint64_t version = 0;
};
RESALEHUB_DESCRIBE(state, id, phase, amount, method, checkout_id, waiting, version)

// -- commands -> [mp] payment::outcome ------------------------------------------------------------

using command = payment::request;

// -- events ---------------------------------------------------------------------------------------

struct charge_asked {
  charge_id id;
  money amount;
  std::string method;
  resalehub::checkout_id checkout_id;
  request_id request;
  sandbox_charge::phase outcome = phase::silent;
};
struct cancelled {
  charge_id id;
};
using event = std::variant<charge_asked, cancelled>;
RESALEHUB_DESCRIBE(charge_asked, id, amount, method, checkout_id, request, outcome)
RESALEHUB_DESCRIBE(cancelled, id)

// -- queries --------------------------------------------------------------------------------------

struct read {};  ///< -> JSON view
using query = std::variant<read>;
RESALEHUB_DESCRIBE(read)

// -- views ----------------------------------------------------------------------------------------

struct view {
  charge_id id;
  phase status = phase::absent;
  money amount;
  resalehub::checkout_id checkout_id;
  std::uint64_t version = 0;
};
RESALEHUB_DESCRIBE(view, id, status, amount, checkout_id, version)

// -- rules ----------------------------------------------------------------------------------------

result<decision<event>> decide(const state& s, const command& c, const context& ctx);
void apply(state& s, const event& e);
result<answer> ask(const state& s, const query& q, const context& ctx);
std::string show(const state& s, const entity_id& viewer);
void index(const state& s, std::vector<index_row>& rows);
const entity_kind& kind();
drawn_machine drawn();

}  // namespace resalehub::sandbox_charge
