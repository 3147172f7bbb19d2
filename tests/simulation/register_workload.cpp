// Registers, written, compared and read by several clients through any node: whether one register
// each, asked one thing at a time, could have given all their answers.

#include "tests/simulation/history.hpp"
#include "tests/simulation/linearizability.hpp"
#include "tests/simulation/register_entity.hpp"
#include "tests/simulation/workloads.hpp"

namespace resalehub::simulation {
namespace {

constexpr std::uint32_t registers_max = 4;
constexpr std::size_t open_ends_max = 6;        ///< of a register: then it is left alone
constexpr std::size_t operations_max = 1'500;   ///< of a register

class register_workload final : public workload {
 public:
  explicit register_workload(world& in)
      : in_(in), chance_(in.options().seed, "workload/registers") {
    for (std::uint32_t n = 0; n < registers_max; ++n)
      registers_.push_back({registers::register_id(
          static_cast<slot_number>(n * (slots_max / registers_max) + chance_.below(1000)),
          derived_ulid("register", std::to_string(n)))});
  }

  void begin() override {
    for (std::uint32_t client = 0; client < in_.options().clients; ++client) next(client);
  }
  void stop() override { stopped_ = true; }
  bool settled() const override { return open_ == 0; }

  void check() override {
    for (std::uint32_t n = 0; n < registers_max; ++n)
      for (machine_number machine = 1; machine <= in_.machines(); ++machine) last_look(n, machine);
    const auto found = judge(history_);
    in_.figures()["register operations"] += operations_;
    if (found.is == verdict::refuted)
      in_.violated("linearizable", found.key + ": " + found.story);
    if (found.is == verdict::inconclusive) ++in_.figures()["inconclusive histories"];
  }

 private:
  struct one_register {
    registers::register_id id;
    std::uint64_t seen_version = 0;
    std::size_t open_ends = 0;
    std::size_t operations = 0;
  };

  void next(std::uint32_t client) {
    if (stopped_) return;
    const auto pause = chance_.exponential(60) * millisecond_ns;
    in_.time().after(pause, [this, client] {
      if (!stopped_) act(client);
    });
  }

  void act(std::uint32_t client) {
    auto& on = chance_.one_of(registers_);
    auto& target = const_cast<one_register&>(on);
    if (target.open_ends >= open_ends_max || target.operations >= operations_max)
      return next(client);
    ++target.operations;
    ++operations_;
    const auto dice = chance_.below(100);
    register_ask what;
    if (dice >= 50) what = {ask_kind::write, ++last_value_, 0};
    if (dice >= 85) what = {ask_kind::compare_and_set, last_value_, target.seen_version};
    send(client, target, what);
  }

  resalehub::ask request_of(const one_register& on, const register_ask& what) {
    resalehub::ask request;
    request.to = on.id;
    if (what.kind == ask_kind::read) {
      request.mode = ask_mode::query;
      request.body = registers::read_of();
    } else {
      request.mode = ask_mode::keyed;
      request.request = derived_request("register", std::to_string(what.value));
      request.fingerprint = what.value;
      request.body = registers::write_of(what.value);
      if (what.kind == ask_kind::compare_and_set) request.expected_version = what.expected;
    }
    return request;
  }

  void send(std::uint32_t client, one_register& on, const register_ask& what) {
    const auto call = history_.invoke(to_text(on.id), client, what, in_.time().now());
    ++open_;
    insist({in_, chance_}, request_of(on, what),
           [this, client, &on, what, call](client_answer said) {
             --open_;
             heard(on, what, call, std::move(said));
             next(client);
           });
  }

  void heard(one_register& on, const register_ask& what, const history::call& call,
             client_answer said) {
    const auto now = in_.time().now();
    if (!said) {
      if (what.kind != ask_kind::read) ++on.open_ends;
      return history_.unknown(call, now);
    }
    if (!*said) {
      if (said->problem().code == code::version_conflict) return history_.mismatch(call, now);
      return in_.violated("A1", "a register refused with " +
                                    std::string(row_of(said->problem().code).name));
    }
    const auto& given = **said;
    on.seen_version = std::max(on.seen_version, given.version);
    const auto value = what.kind == ask_kind::read ? registers::value_in(given.bytes) : what.value;
    history_.ok(call, {value, given.version}, now);
  }

  /// L2: after the quiet period any node answers for any register, at once.
  void last_look(std::uint32_t n, machine_number machine) {
    if (in_.broken()) return;
    auto& on = registers_[n];
    const register_ask what{ask_kind::read, 0, 0};
    auto request = request_of(on, what);
    request.deadline = in_.steady_at(machine) + milliseconds{5000};
    const auto call = history_.invoke(to_text(on.id), 100 + machine, what, in_.time().now());
    bool done = false;
    in_.ask(machine, std::move(request), [&](client_answer said) {
      done = true;
      if (!said || !*said)
        in_.violated("L2", "machine " + std::to_string(machine) + " does not answer a read" +
                               (said ? ": " + std::string(row_of(said->problem().code).name) +
                                           " " + said->problem().detail
                                     : std::string()));
      else heard(on, what, call, std::move(said));
    });
    in_.run_while_not([&] { return done; }, 10 * second_ns);
  }

  world& in_;
  stream chance_;
  std::vector<one_register> registers_;
  history history_;
  std::uint64_t last_value_ = 0;
  std::uint64_t operations_ = 0;
  std::uint32_t open_ = 0;
  bool stopped_ = false;
};

}  // namespace

std::unique_ptr<workload> make_register_workload(world& in) {
  return std::make_unique<register_workload>(in);
}

}  // namespace resalehub::simulation
