// Accounts that send numbers to one another, over one or two others: whether every delivery takes
// effect exactly once, every answer comes back exactly once, and the sum of all is kept.

#include <algorithm>
#include <map>

#include "tests/simulation/account_entity.hpp"
#include "tests/simulation/client_workload.hpp"
#include "tests/simulation/workloads.hpp"

namespace resalehub::simulation {
namespace {

using namespace accounts;

constexpr std::uint32_t accounts_max = 6;
constexpr std::int64_t beginning = 1'000'000;
constexpr virtual_ns settling_ns = 45 * second_ns;  ///< above the longest pause of an outbox

class outbox_workload final : public client_workload {
 public:
  explicit outbox_workload(world& in)
      : client_workload(in, {.name = "outbox", .pause_ms = 200, .actions_max = 60}) {
    for (std::uint32_t n = 0; n < accounts_max; ++n)
      accounts_.push_back({static_cast<slot_number>(n * (slots_max / accounts_max) +
                                                    chance_.below(1000)),
                           derived_ulid("account", std::to_string(n))});
  }

  void begin() override {
    for (const auto& one : accounts_)
      send(command_of<accounts::command>(one, {}, accounts::open{beginning}, "open"),
           [this](const client_answer& said) {
             if (said && *said) ++opened_;
             if (opened_ == accounts_max) client_workload::begin();
           },
           {.patience_ms = 300'000});
  }

  void check() override {
    if (opened_ < accounts_max) return violated("L2", "an account does not open");
    until_right("outbox", settling_ns, [this] { return what_is_wrong(); });
  }

 private:
  struct known {
    transfer what;
    account_id from;
    std::optional<bool> accepted;  ///< nothing: unknown
  };

  void act(std::uint32_t client) override {
    known one;
    one.from = chance_.one_of(accounts_);
    one.what.number = ++last_number_;
    one.what.amount = chance_.between(1, 1000);
    const auto steps = chance_.between(1, 3);
    for (std::int64_t n = 0; n < steps; ++n) one.what.path.push_back(chance_.one_of(accounts_));
    transfers_[one.what.number] = one;
    send(command_of<accounts::command>(one.from, {}, send_off{one.what},
                                       std::to_string(one.what.number)),
         [this, client, number = one.what.number](const client_answer& said) {
           if (said && !*said) violated("A1", "a transfer was " + outcome_of(said));
           if (said) transfers_[number].accepted = said->ok();
           next(client);
         });
  }

  /// Where each number was noted, by what.
  struct seen {
    std::map<std::uint64_t, std::uint32_t> sent, received, passed_on, answered, returned;
    std::int64_t sum = 0;
  };

  static void count(std::map<std::uint64_t, std::uint32_t>& in,
                    const std::vector<std::uint64_t>& numbers) {
    for (const auto number : numbers) ++in[number];
  }

  seen look_around() {
    seen out;
    for (const auto& one : accounts_) {
      const auto at = static_cast<machine_number>(1 + chance_.below(in_.machines()));
      const auto said = answer_at(at, query_of<accounts::query>(one, {}, accounts::read{}));
      accounts::state there;
      if (!said || !*said || !unpack((*said)->bytes, there)) {
        violated("L2", "an account cannot be read: " + outcome_of(said));
        return out;
      }
      out.sum += there.balance;
      count(out.sent, there.sent);
      count(out.received, there.received);
      count(out.passed_on, there.passed_on);
      count(out.answered, there.answered);
      count(out.returned, there.returned);
    }
    return out;
  }

  std::string what_is_wrong() {
    const auto all = look_around();
    if (in_.broken()) return {};
    for (const auto& [number, one] : transfers_) {
      const auto times = [number = number](const auto& in) {
        const auto found = in.find(number);
        return found == in.end() ? 0u : found->second;
      };
      const auto name = "transfer " + std::to_string(number);
      const auto sent = times(all.sent);
      if (sent > 1) return name + " was sent " + std::to_string(sent) + " times";
      if (sent == 0 && one.accepted == true) return name + " was acknowledged and is not sent";
      const auto steps = static_cast<std::uint32_t>(one.what.path.size());
      const bool kept = !refuses({number, 0, {}});
      const std::array wanted{
          std::tuple{"passed on", times(all.passed_on), sent * (steps - 1)},
          std::tuple{"received", times(all.received), kept ? sent : 0},
          std::tuple{"answered", times(all.answered), sent * steps},
          std::tuple{"returned", times(all.returned), kept ? 0 : sent}};
      for (const auto& [what, is, should] : wanted)
        if (is != should)
          return name + " over " + std::to_string(steps) + " was " + what + " " +
                 std::to_string(is) + " times, not " + std::to_string(should);
    }
    const auto whole = beginning * static_cast<std::int64_t>(accounts_max);
    if (all.sum != whole)
      return "all accounts hold " + std::to_string(all.sum) + ", not " + std::to_string(whole);
    return {};
  }

  std::vector<account_id> accounts_;
  std::uint32_t opened_ = 0;
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, known> transfers_;
};

}  // namespace

std::unique_ptr<workload> make_outbox_workload(world& in) {
  return std::make_unique<outbox_workload>(in);
}

}  // namespace resalehub::simulation
