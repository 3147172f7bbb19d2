// Sign-ups that meet at few e-mail addresses: whether each address has one account at most, and
// everybody heard what became of theirs.

#include <map>

#include "actors/email_claim.hpp"
#include "actors/user.hpp"
#include "tests/simulation/client_workload.hpp"
#include "tests/simulation/workloads.hpp"

namespace resalehub::simulation {
namespace {

constexpr std::uint32_t addresses_max = 12;
constexpr virtual_ns address_every = 4 * second_ns;
constexpr virtual_ns settling_ns = 45 * second_ns;  ///< above the longest pause of an outbox

class email_workload final : public client_workload {
 public:
  explicit email_workload(world& in)
      : client_workload(in, {.name = "emails", .pause_ms = 400, .actions_max = 30}) {}

  void check() override {
    until_right("U1", settling_ns, [this] {
      for (const auto& [address, owner] : owners_) {
        auto wrong = what_is_wrong_with(address);
        if (!wrong.empty() || in_.broken()) return wrong;
      }
      return std::string();
    });
  }

 private:
  enum class ending { unknown, accepted, refused };
  struct sign_up {
    std::string key;
    std::string address;
    user_id id;
    ending end = ending::unknown;
    std::string grant;
  };

  /// The newest address is the one that most want.
  std::string some_address() {
    const auto there = std::min<virtual_ns>(1 + in_.time().now() / address_every, addresses_max);
    constexpr std::uint32_t newest_per_million = 700'000;
    const auto any = static_cast<virtual_ns>(chance_.below(static_cast<std::uint64_t>(there)));
    const auto which = chance_.chance(newest_per_million) ? there - 1 : any;
    const auto written = std::string(chance_.chance(500'000) ? "Anna" : "anna") +
                         std::to_string(which) + "@Example.org";
    return *email_claim::normalized(written);
  }

  void act(std::uint32_t client) override {
    sign_up one;
    one.key = fresh_key();
    one.address = some_address();
    one.id = user::id_for_signup(one.key);
    owners_.try_emplace(one.address);
    sign_ups_.push_back(one);
    const auto number = sign_ups_.size() - 1;
    const auto request =
        command_of<user::command>(one.id, {}, user::sign_up{one.address, "hash", "Anna"}, one.key);
    // Some ask from two devices at once.
    if (chance_.chance(200'000))
      send(request, [this, number](client_answer said) { told(number, said); });
    send(request, [this, number, client](client_answer said) {
      told(number, said);
      next(client);
    });
  }

  void told(std::size_t number, const client_answer& said) {
    auto& one = sign_ups_[number];
    if (!said) return;
    if (!*said) {
      if (!refused_with(said, code::already_exists))
        return violated("A1", "a sign-up was " + outcome_of(said));
      if (one.end == ending::accepted)
        return violated("K1", one.key + " was accepted, then " + outcome_of(said));
      one.end = ending::refused;
      return;
    }
    user::session_grant grant;
    const auto& bytes = (*said)->bytes;
    if (!unpack(bytes, grant) || grant.user_id != one.id)
      return violated("K1", one.key + " got a grant of somebody else");
    if (one.end == ending::refused || (one.end == ending::accepted && one.grant != bytes))
      return violated("K1", one.key + " got two answers");
    one.end = ending::accepted;
    one.grant = bytes;
    auto& owner = owners_[one.address];
    if (owner && *owner != one.id)
      return violated("U1", one.address + " was given to two accounts");
    owner = one.id;
  }

  bool is_active(const sign_up& one, machine_number at) {
    const auto came =
        answer_at(at, query_of<user::query>(one.id, {}, user::read_credentials{}));
    user::credentials there;
    return came && *came && unpack((*came)->bytes, there) && there.email == one.address;
  }

  machine_number any_machine() {
    return static_cast<machine_number>(1 + chance_.below(in_.machines()));
  }

  std::string what_is_wrong_with(const std::string& address) {
    const auto claim = answer_at(any_machine(), query_of<email_claim::query>(
                                                    email_claim::id_for(address), {},
                                                    email_claim::read_owner{}));
    email_claim::owner owner;
    const bool claimed = claim && *claim && unpack((*claim)->bytes, owner);
    std::size_t active = 0;
    for (const auto& one : sign_ups_) {
      if (one.address != address) continue;
      const bool there = is_active(one, any_machine());
      if (in_.broken()) return {};
      active += there;
      const auto who = one.key + " for " + address;
      if (there && (!claimed || owner.user_id != one.id)) return who + " is active without claim";
      if (!there && claimed && owner.user_id == one.id) return who + " has the claim, no account";
      if (!there && one.end == ending::accepted) return who + " was accepted and is gone";
      if (there && one.end == ending::refused) return who + " was refused and is there";
      if (!claimed && one.end == ending::refused) return who + " was refused for nobody";
    }
    return active > 1 ? address + " has " + std::to_string(active) + " accounts" : std::string();
  }

  std::vector<sign_up> sign_ups_;
  std::map<std::string, std::optional<user_id>> owners_;
};

}  // namespace

std::unique_ptr<workload> make_email_workload(world& in) {
  return std::make_unique<email_workload>(in);
}

}  // namespace resalehub::simulation
