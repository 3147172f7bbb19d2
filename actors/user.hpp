#pragma once
/// A person's account: registration (settled by the e-mail's claim), sessions whose refresh
/// rotates, the seller's standing, the one open cart. Passwords arrive as hashes and never leave by
/// `show`. The gateway asks as nobody where it acts before or below a user's token.

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/ids.hpp"
#include "actors/machine.hpp"
#include "base/entity_kind.hpp"

namespace resalehub::user {

inline constexpr std::size_t sessions_max = 20;  ///< the oldest goes

/// A repeated sign-up meets the same account.
user_id id_for_signup(std::string_view idempotency_key);

/// Rows that orders leave with their seller: key newest_first(placed_at, order), value empty.
std::string sales_index(const user_id& seller);

// -- bodies ---------------------------------------------------------------------------------------

struct signup_body {
  text<1, 254, text_form::secret> email;  ///< its own rules: email_claim::normalized
  text<8, 200, text_form::secret> password;
  text<1, 80> display_name;
};
struct login_body {
  text<1, 254, text_form::secret> email;
  text<1, 200, text_form::secret> password;
};
struct refresh_body {
  text<1, 4096, text_form::secret> refresh_token;
};
RESALEHUB_DESCRIBE(signup_body, email, password, display_name)
RESALEHUB_DESCRIBE(login_body, email, password)
RESALEHUB_DESCRIBE(refresh_body, refresh_token)

// -- state ----------------------------------------------------------------------------------------

enum class phase { absent, registering, active };
BOOST_DESCRIBE_ENUM(phase, absent, registering, active)

struct session {
  std::uint64_t generation = 1;
  instant started_at;
  instant refreshed_at;
};
RESALEHUB_DESCRIBE(session, generation, started_at, refreshed_at)

/// Who waits for the claim of an e-mail.
struct waiter {
  request_id request;
  entity_id by;
  std::string tag;  ///< of the claim: an older one's late answer is not taken for it
};
RESALEHUB_DESCRIBE(waiter, request, by, tag)

struct state {
  user_id id;
  user::phase phase = phase::absent;
  std::string email;
  std::string password_hash;
  std::string display_name;
  bool sells = false;
  instant created_at;
  waiter waiting;                            ///< while registering
  std::map<std::uint64_t, session> sessions; ///< by number
  std::uint64_t sessions_started = 0;
  std::optional<cart_id> cart;  ///< the open one
  std::uint64_t sales = 0;
  std::uint64_t version = 0;
};
RESALEHUB_DESCRIBE(state, id, phase, email, password_hash, display_name, sells, created_at, waiting,
                   sessions, sessions_started, cart, sales, version)

// -- commands -------------------------------------------------------------------------------------

/// By nobody -> later: [mp] session_grant, created; or already_exists. `email` is normalized.
struct sign_up {
  std::string email;
  std::string password_hash;
  std::string display_name;
};
struct open_session {};  ///< by nobody, after the password was right -> [mp] session_grant
/// By nobody -> [mp] session_grant of the next generation; an older one ends the session:
/// session_revoked.
struct refresh {
  std::uint64_t session = 0;
  std::uint64_t generation = 0;
};
struct end_session {  ///< by nobody or the user -> nothing, also when it has ended before
  std::uint64_t session = 0;
};
/// By nobody, keyed by the ticket, so that it happens once -> nothing; session_revoked.
struct use_ticket {
  std::uint64_t session = 0;  ///< that the ticket was made in
};
struct open_seller {};  ///< by the user -> JSON seller_view
struct open_cart {};    ///< by the user -> [mp] cart_pointer; then ask that cart to open
struct close_cart {     ///< by a checkout that took the cart -> nothing
  resalehub::cart_id cart_id;
};
struct note_sale {  ///< by an order, to its seller -> nothing
  instant placed_at;
};
using command = std::variant<sign_up, open_session, refresh, end_session, open_seller, open_cart,
                             close_cart, note_sale, answered, use_ticket>;
RESALEHUB_DESCRIBE(sign_up, email, password_hash, display_name)
RESALEHUB_DESCRIBE(open_session)
RESALEHUB_DESCRIBE(refresh, session, generation)
RESALEHUB_DESCRIBE(end_session, session)
RESALEHUB_DESCRIBE(use_ticket, session)
RESALEHUB_DESCRIBE(open_seller)
RESALEHUB_DESCRIBE(open_cart)
RESALEHUB_DESCRIBE(close_cart, cart_id)
RESALEHUB_DESCRIBE(note_sale, placed_at)

// -- events ---------------------------------------------------------------------------------------

struct registration_started {
  user_id id;
  std::string email;
  std::string password_hash;
  std::string display_name;
  waiter waiting;
};
struct registered {
  instant at;
};
struct registration_refused {};
struct session_opened {
  std::uint64_t session = 0;
  instant at;
};
struct session_refreshed {
  std::uint64_t session = 0;
  instant at;
};
struct session_ended {
  std::uint64_t session = 0;
};
struct session_revoked {  ///< an old refresh token came back
  std::uint64_t session = 0;
};
struct seller_opened {};
struct cart_opened {
  resalehub::cart_id cart_id;
};
struct cart_closed {};
struct sale_noted {
  resalehub::order_id order_id;
};
using event = std::variant<registration_started, registered, registration_refused, session_opened,
                           session_refreshed, session_ended, session_revoked, seller_opened,
                           cart_opened, cart_closed, sale_noted>;
RESALEHUB_DESCRIBE(registration_started, id, email, password_hash, display_name, waiting)
RESALEHUB_DESCRIBE(registered, at)
RESALEHUB_DESCRIBE(registration_refused)
RESALEHUB_DESCRIBE(session_opened, session, at)
RESALEHUB_DESCRIBE(session_refreshed, session, at)
RESALEHUB_DESCRIBE(session_ended, session)
RESALEHUB_DESCRIBE(session_revoked, session)
RESALEHUB_DESCRIBE(seller_opened)
RESALEHUB_DESCRIBE(cart_opened, cart_id)
RESALEHUB_DESCRIBE(cart_closed)
RESALEHUB_DESCRIBE(sale_noted, order_id)

// -- queries --------------------------------------------------------------------------------------

struct read {};              ///< by the user -> JSON view
struct read_credentials {};  ///< by nobody -> [mp] credentials
struct read_session {        ///< by nobody or the user -> [mp] session_state
  std::uint64_t session = 0;
};
struct read_standing {};  ///< by nobody or the user -> [mp] standing
using query = std::variant<read, read_credentials, read_session, read_standing>;
RESALEHUB_DESCRIBE(read)
RESALEHUB_DESCRIBE(read_credentials)
RESALEHUB_DESCRIBE(read_session, session)
RESALEHUB_DESCRIBE(read_standing)

// -- views ----------------------------------------------------------------------------------------

struct view {
  user_id id;
  std::string email;
  std::string display_name;
  std::vector<std::string> capabilities;
  user::phase status = phase::active;
  instant created_at;
  std::uint64_t version = 0;
  std::vector<std::string> allowed_actions;
};
struct seller_view {
  std::string status;
  resalehub::user_id user_id;
};
struct session_grant {
  std::string user_json;  ///< view
  resalehub::user_id user_id;
  std::uint64_t session = 0;
  std::uint64_t generation = 0;
  instant issued_at;
};
struct credentials {
  resalehub::user_id user_id;
  std::string email;
  std::string password_hash;
};
struct session_state {
  bool alive = false;
  std::uint64_t generation = 0;
};
struct standing {  ///< goes into listing::create
  resalehub::user_id user_id;
  bool sells = false;
};
struct cart_pointer {
  resalehub::cart_id cart_id;
  bool created = false;
};
RESALEHUB_DESCRIBE(view, id, email, display_name, capabilities, status, created_at, version,
                   allowed_actions)
RESALEHUB_DESCRIBE(seller_view, status, user_id)
RESALEHUB_DESCRIBE(session_grant, user_json, user_id, session, generation, issued_at)
RESALEHUB_DESCRIBE(credentials, user_id, email, password_hash)
RESALEHUB_DESCRIBE(session_state, alive, generation)
RESALEHUB_DESCRIBE(standing, user_id, sells)
RESALEHUB_DESCRIBE(cart_pointer, cart_id, created)

// -- rules ----------------------------------------------------------------------------------------

result<decision<event>> decide(const state& s, const command& c, const context& ctx);
void apply(state& s, const event& e);
result<answer> ask(const state& s, const query& q, const context& ctx);
std::string show(const state& s, const entity_id& viewer);
void index(const state& s, std::vector<index_row>& rows);
const entity_kind& kind();
drawn_machine drawn();

}  // namespace resalehub::user
