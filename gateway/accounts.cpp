#include "gateway/handlers.hpp"

#include "actors/email_claim.hpp"
#include "actors/user.hpp"
#include "gateway/bodies.hpp"
#include "gateway/exchange.hpp"
#include "gateway/refresh_token.hpp"
#include "gateway/ticket.hpp"
#include "gateway/websocket_handshake.hpp"

namespace resalehub {

/// What signing in answers. `user` is the user entity's own view.
struct session_view {
  user::view user;
  std::string access_token;
  std::string refresh_token;
  std::string token_type;
  std::int64_t expires_in = 0;
};
struct ticket_view {
  std::string ticket;
  std::int64_t expires_in = 0;
};
struct key_view {
  std::string kty;
  std::string crv;
  std::string use;
  std::string alg;
  std::string kid;
  std::string x;
};
struct key_set_view {
  std::vector<key_view> keys;
};
struct empty_body {};
BOOST_DESCRIBE_STRUCT(session_view, (),
                      (user, access_token, refresh_token, token_type, expires_in))
BOOST_DESCRIBE_STRUCT(ticket_view, (), (ticket, expires_in))
BOOST_DESCRIBE_STRUCT(key_view, (), (kty, crv, use, alg, kid, x))
BOOST_DESCRIBE_STRUCT(key_set_view, (), (keys))
BOOST_DESCRIBE_STRUCT(empty_body, (), ())

namespace bodies {
const body_kind nothing = [] {
  auto kind = body_kind_of<empty_body>();
  kind.may_be_absent = true;
  return kind;
}();
const body_kind signup = body_kind_of<user::signup_body>();
const body_kind login = body_kind_of<user::login_body>();
const body_kind refresh = body_kind_of<user::refresh_body>();
}  // namespace bodies

namespace shapes {
const answer_kind user = answer_kind_of<user::view>();
const answer_kind session = answer_kind_of<session_view>();
const answer_kind seller = answer_kind_of<user::seller_view>();
const answer_kind ticket = answer_kind_of<ticket_view>();
const answer_kind key_set = answer_kind_of<key_set_view>();
}  // namespace shapes

namespace {

problem wrong_password() {
  return {code::unauthenticated, "The e-mail address or the password is wrong."};
}
problem refresh_refused() { return {code::unauthenticated, "The refresh token is not valid."}; }

session_claims claims_of(const user::session_grant& grant) {
  return {.user = grant.user_id,
          .session = grant.session,
          .generation = grant.generation,
          .issued_at = grant.issued_at,
          .expires_at = {}};
}

/// The tokens follow from the grant alone: a repeated grant gives the same answer.
result<http_response> session_response(const exchange& x, result<answer>&& from, int status) {
  const bool replayed = from.ok() && from->replayed;
  auto grant = unpacked<user::session_grant>(std::move(from));
  if (!grant) return std::move(grant).problem();
  const auto& shared = x.shared();
  const auto claims = claims_of(*grant);
  std::string body = R"({"user":)" + grant->user_json;
  body += R"(,"access_token":")" + shared.tokens.issue(claims);
  body += R"(","refresh_token":")" + issue_refresh_token(shared.keys.refresh, claims);
  body += R"(","token_type":"Bearer","expires_in":)" + std::to_string(shared.tokens.life_s());
  body += '}';
  auto out = json_response(status, std::move(body));
  if (replayed) out.fields.emplace_back("Idempotent-Replayed", "true");
  return out;
}

/// The account behind an address; an unknown one has no password hash, and costs as much.
task<result<user::credentials>> credentials_of(const exchange& x, std::string_view written) {
  const auto email = email_claim::normalized(written);
  if (!email) co_return user::credentials{};
  auto owner = unpacked<email_claim::owner>(co_await x.ask_one(
      x.own_query<email_claim::query>(email_claim::id_for(*email), email_claim::read_owner{})));
  if (!owner && owner.problem().code != code::not_found) co_return std::move(owner).problem();
  if (!owner) co_return user::credentials{};
  auto found = unpacked<user::credentials>(co_await x.ask_one(
      x.own_query<user::query>(owner->user_id, user::read_credentials{})));
  if (!found && found.problem().code == code::not_found) co_return user::credentials{};
  co_return found;
}

/// Nothing for what we did not issue, or issued too long ago.
std::optional<session_claims> refresh_claims(const exchange& x) {
  const auto& shared = x.shared();
  auto claims = read_refresh_token(shared.keys.refresh,
                                   x.body<user::refresh_body>().refresh_token.value);
  if (claims && shared.now() >= claims->issued_at +
                                    milliseconds{shared.options.refresh_life_s * 1000})
    claims.reset();
  return claims;
}

}  // namespace

task<result<http_response>> sign_up(exchange& x) {
  const auto& body = x.body<user::signup_body>();
  auto email = email_claim::normalized(body.email.value);
  if (!email) co_return std::move(email).problem();
  auto hash = co_await x.shared().passwords->hash(body.password.value);
  if (!hash) co_return std::move(hash).problem();
  auto asked = x.command<user::command>(
      user::id_for_signup(x.key),
      user::sign_up{*std::move(email), *std::move(hash), body.display_name.value});
  auto answered = co_await x.ask_one(std::move(asked));
  co_return session_response(x, std::move(answered), 201);
}

task<result<http_response>> login(exchange& x) {
  const auto& body = x.body<user::login_body>();
  const auto email = email_claim::normalized(body.email.value);
  const auto account_bucket = "=" + (email ? *email : body.email.value);
  const auto permit = co_await take_permit(x.here, rate_class::login, account_bucket);
  if (!permit.allowed) co_return rate_refusal(permit);
  auto account = co_await credentials_of(x, body.email.value);
  if (!account) co_return std::move(account).problem();
  auto right = co_await x.shared().passwords->matches(body.password.value,
                                                      account->password_hash);
  if (!right) co_return std::move(right).problem();
  if (!*right) co_return wrong_password();
  auto answered = co_await x.ask_one(
      x.command<user::command>(account->user_id, user::open_session{}));
  co_return session_response(x, std::move(answered), 200);
}

task<result<http_response>> refresh_session(exchange& x) {
  const auto claims = refresh_claims(x);
  if (!claims) co_return refresh_refused();
  auto answered = co_await x.ask_one(x.command<user::command>(
      claims->user, user::refresh{claims->session, claims->generation}));
  if (!answered && (answered.problem().code == code::session_revoked ||
                    answered.problem().code == code::not_found)) {
    drop_session(x.shared(), claims->user, claims->session);
    co_return problem{code::session_revoked, "The session has ended: sign in again."};
  }
  co_return session_response(x, std::move(answered), 200);
}

task<result<http_response>> logout(exchange& x) {
  const auto claims = refresh_claims(x);
  if (!claims) co_return refresh_refused();
  auto answered = co_await x.ask_one(
      x.command<user::command>(claims->user, user::end_session{claims->session}));
  if (!answered && answered.problem().code != code::not_found)
    co_return std::move(answered).problem();
  drop_session(x.shared(), claims->user, claims->session);
  co_return json_response(204, {});
}

task<result<http_response>> read_me(exchange& x) {
  co_return entity_response(co_await x.ask_one(x.query<user::query>(x.user(), user::read{})));
}

task<result<http_response>> open_seller(exchange& x) {
  co_return entity_response(
      co_await x.ask_one(x.command<user::command>(x.user(), user::open_seller{})));
}

task<result<http_response>> make_ticket(exchange& x) {
  const auto& shared = x.shared();
  const auto life_s = shared.options.ticket_life_s;
  const ticket_view made{
      .ticket = issue_ticket(shared.keys.ticket, *x.caller, shared.ports.entropy.next(),
                             shared.now() + milliseconds{life_s * 1000}),
      .expires_in = life_s};
  co_return json_response(201, to_json(made));
}

task<result<http_response>> read_key_set(exchange& x) {
  co_return json_response(200, x.shared().tokens.key_set_json());
}

/// A GET never comes here, as the edge takes it for a handshake: this is a HEAD.
task<result<http_response>> refuse_without_upgrade(exchange& x) {
  co_return upgrade_refusal("This address speaks WebSocket, version 13.", x.request);
}

}  // namespace resalehub
