#pragma once
/// One account per e-mail: the entity whose id derives from the address, so that claims of the same
/// address meet in one place. Asked by user entities (claim, confirm, release) and by the gateway
/// at login (read_owner, by nobody).

#include <string>
#include <variant>
#include <vector>

#include "actors/ids.hpp"
#include "actors/machine.hpp"
#include "base/entity_kind.hpp"

namespace resalehub::email_claim {

/// ASCII, lower-cased whole, at most 254, one @, a domain with a dot; or validation_failed with
/// pointer /email.
result<std::string> normalized(std::string_view written);
email_claim_id id_for(std::string_view normalized_email);

// -- state ----------------------------------------------------------------------------------------

enum class phase { free, claimed, confirmed };
BOOST_DESCRIBE_ENUM(phase, free, claimed, confirmed)

struct state {
  std::string email;
  user_id owner;
  email_claim::phase phase = phase::free;
  std::uint64_t version = 0;
};
RESALEHUB_DESCRIBE(state, email, owner, phase, version)

// -- commands, by user entities; each answers nothing ---------------------------------------------

struct claim {
  std::string email;
};
struct confirm {};
struct release {};
using command = std::variant<claim, confirm, release>;
RESALEHUB_DESCRIBE(claim, email)
RESALEHUB_DESCRIBE(confirm)
RESALEHUB_DESCRIBE(release)

// -- events ---------------------------------------------------------------------------------------

struct claimed {
  std::string email;
  user_id owner;
};
struct confirmed {};
struct released {};
using event = std::variant<claimed, confirmed, released>;
RESALEHUB_DESCRIBE(claimed, email, owner)
RESALEHUB_DESCRIBE(confirmed)
RESALEHUB_DESCRIBE(released)

// -- queries --------------------------------------------------------------------------------------

struct read_owner {};  ///< by nobody -> [mp] owner; not_found when nobody has it
using query = std::variant<read_owner>;
RESALEHUB_DESCRIBE(read_owner)

// -- views ----------------------------------------------------------------------------------------

struct owner {
  resalehub::user_id user_id;
};
RESALEHUB_DESCRIBE(owner, user_id)

// -- rules ----------------------------------------------------------------------------------------

result<decision<event>> decide(const state& s, const command& c, const context& ctx);
void apply(state& s, const event& e);
result<answer> ask(const state& s, const query& q, const context& ctx);
std::string show(const state& s, const entity_id& viewer);
void index(const state& s, std::vector<index_row>& rows);
const entity_kind& kind();
drawn_machine drawn();

}  // namespace resalehub::email_claim
