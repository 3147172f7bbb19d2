#include "actors/email_claim.hpp"

#include <algorithm>

#include "actors/refusals.hpp"
#include "base/typed_entity.hpp"

namespace resalehub::email_claim {

// -- the address ----------------------------------------------------------------------------------

namespace {

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// Runs between dots: none empty, none too long, each character `fits`.
template <class Fits>
bool dotted(std::string_view text, std::size_t run_max, Fits fits) {
  std::size_t run = 0;
  for (const char c : text) {
    if (c == '.') {
      if (run == 0) return false;
      run = 0;
    } else if (!fits(c) || ++run > run_max) {
      return false;
    }
  }
  return run > 0;
}

bool is_mailbox(std::string_view local) {
  return local.size() <= 64 && dotted(local, 64, [](char c) {
           return is_letter_or_digit(c) ||
                  std::string_view{"!#$%&'*+-/=?^_`{|}~"}.find(c) != std::string_view::npos;
         });
}

bool is_domain(std::string_view domain) {
  const auto last = domain.rfind('.');
  if (last == std::string_view::npos) return false;
  if (domain.size() - last < 3 || domain.find("-.") != std::string_view::npos ||
      domain.find(".-") != std::string_view::npos)
    return false;
  return domain.front() != '-' && domain.back() != '-' &&
         dotted(domain, 63, [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

}  // namespace

result<std::string> normalized(std::string_view written) {
  std::string mail{written};
  std::transform(mail.begin(), mail.end(), mail.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const auto at = mail.find('@');
  const bool fits = mail.size() <= 254 && at != std::string::npos &&
                    is_mailbox(std::string_view{mail}.substr(0, at)) &&
                    is_domain(std::string_view{mail}.substr(at + 1));
  if (!fits) return field_refused("/email", code::validation_failed, "this is no e-mail address");
  return mail;
}

email_claim_id id_for(std::string_view normalized_email) {
  return {derived_slot("email", normalized_email), derived_ulid("email", normalized_email)};
}

// -- the machine ----------------------------------------------------------------------------------

namespace {

enum class action { claim, confirm, release };
BOOST_DESCRIBE_ENUM(action, claim, confirm, release)

constexpr auto table = machine_of<phase, action>(
    "email_claim", {{phase::free, action::claim, party::process, phase::claimed},
                    {phase::claimed, action::confirm, party::owner, phase::confirmed},
                    {phase::claimed, action::release, party::owner, phase::free},
                    {phase::confirmed, action::release, party::owner, phase::free}});

using decided = result<decision<event>>;

// -- decide ---------------------------------------------------------------------------------------

decided on(const state& s, const claim& c, const context& ctx) {
  if (s.phase != phase::free && s.owner == ctx.by) return decision<event>{{}, {said{}}};
  if (s.phase != phase::free)
    return problem{code::already_exists, "an account with this e-mail exists already"};
  if (auto to = table.next(s.phase, action::claim, party::process); !to) return to.problem();
  return decision<event>{{claimed{c.email, user_id{ctx.by}}}, {said{}}};
}

decided on(const state& s, const confirm&, const context& ctx) {
  if (s.owner != ctx.by) return nothing_here();
  if (s.phase == phase::confirmed) return decision<event>{{}, {said{}}};
  if (auto to = table.next(s.phase, action::confirm, party::owner); !to) return to.problem();
  return decision<event>{{confirmed{}}, {said{}}};
}

decided on(const state& s, const release&, const context& ctx) {
  if (s.phase == phase::free) return decision<event>{{}, {said{}}};
  if (s.owner != ctx.by) return nothing_here();
  if (auto to = table.next(s.phase, action::release, party::owner); !to) return to.problem();
  return decision<event>{{released{}}, {said{}}};
}

}  // namespace

result<decision<event>> decide(const state& s, const command& c, const context& ctx) {
  if (!user_id::holds(ctx.by)) return nothing_here();
  return std::visit([&](const auto& one) { return on(s, one, ctx); }, c);
}

// -- apply ----------------------------------------------------------------------------------------

namespace {

void fold(state& s, const claimed& e) {
  s.email = e.email;
  s.owner = e.owner;
  s.phase = phase::claimed;
}
void fold(state& s, const confirmed&) { s.phase = phase::confirmed; }
void fold(state& s, const released&) {
  s.phase = phase::free;
  s.owner = {};
}

}  // namespace

void apply(state& s, const event& e) {
  std::visit([&](const auto& one) { fold(s, one); }, e);
  ++s.version;
}

// -- ask, show, index -----------------------------------------------------------------------------

result<answer> ask(const state& s, const query&, const context& ctx) {
  if (s.phase == phase::free || !ctx.by.is_nobody()) return nothing_here();
  return answer{packed(owner{s.owner}), false, s.version, false};
}

std::string show(const state&, const entity_id&) { return {}; }  // it is nobody's to see

void index(const state&, std::vector<index_row>&) {}

drawn_machine drawn() { return table.drawn(); }

// -- kind -----------------------------------------------------------------------------------------

inline constexpr rules_of<state, command, event, query> rules{decide, apply, ask, show, index};

const entity_kind& kind() {
  static const auto made =
      make_kind<state, command, event, query, rules>(email_claim_id::kind, "email_claim");
  return made;
}

}  // namespace resalehub::email_claim
