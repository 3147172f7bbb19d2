#include "tests/simulation/client_workload.hpp"

namespace resalehub::simulation {
namespace {

constexpr virtual_ns patience_ns = 10 * second_ns;  ///< of a check, for one answer
constexpr milliseconds attempt{5000};
constexpr virtual_ns restart_ns = 30 * second_ns;

/// May be otherwise the next moment.
template <class Answer>
bool may_pass(const Answer& said) {
  return !said || (!*said && said->problem().retryable());
}

}  // namespace

client_workload::client_workload(world& in, habits how)
    : in_(in),
      chance_(in.options().seed, "workload/" + how.name),
      how_(std::move(how)),
      actions_(in.options().clients) {}

void client_workload::begin() {
  for (std::uint32_t client = 0; client < in_.options().clients; ++client) next(client);
}

void client_workload::stop() {
  stopped_ = true;
  stopped_at_ = in_.time().now();
}

void client_workload::next(std::uint32_t client) {
  if (stopped_ || actions_[client] >= how_.actions_max) return;
  ++actions_[client];
  in_.time().after(chance_.exponential(how_.pause_ms) * millisecond_ns, [this, client] {
    if (stopped_) return;
    ++in_.figures()[how_.name + " actions"];
    act(client);
  });
}

void client_workload::send(resalehub::ask request, heard then, insistence how) {
  ++open_;
  insist({in_, chance_}, std::move(request), [this, then = std::move(then)](client_answer said) {
    --open_;
    then(std::move(said));
  }, how);
}

void client_workload::list(scan request, listed then, insistence how) {
  ++open_;
  insist({in_, chance_}, std::move(request), [this, then = std::move(then)](client_rows said) {
    --open_;
    then(std::move(said));
  }, how);
}

std::string client_workload::fresh_key() { return how_.name + "/" + std::to_string(++keys_); }

void client_workload::violated(const std::string& invariant, const std::string& sentence) {
  in_.violated(invariant, how_.name + ": " + sentence);
}

// -- checks ---------------------------------------------------------------------------------------

namespace {

/// Asks again until an answer is final; what comes too late is written where nobody looks.
template <class Answer, class Ask>
Answer insisted(world& in, const Ask& ask) {
  const auto until = in.time().now() + patience_ns;
  while (!in.broken()) {
    const auto came = std::make_shared<std::optional<Answer>>();
    ask([came](Answer said) { *came = std::move(said); });
    if (!in.run_while_not([&] { return came->has_value(); }, 2 * patience_ns)) {
      in.violated("A1", "a check got no answer, not even a refusal");
      break;
    }
    if (!may_pass(**came) || in.time().now() >= until) return std::move(**came);
  }
  return std::nullopt;
}

}  // namespace

void client_workload::await(machine_number at) {
  if (!in_.run_while_not([&] { return in_.up(at); }, restart_ns))
    violated("L2", "machine " + std::to_string(at) + " stays down");
}

client_answer client_workload::answer_at(machine_number at, const resalehub::ask& request) {
  await(at);
  auto came = insisted<client_answer>(in_, [&](heard then) {
    auto one = request;
    one.deadline = in_.steady_at(at) + attempt;
    in_.ask(at, std::move(one), std::move(then));
  });
  if (may_pass(came))
    violated("L2", "machine " + std::to_string(at) + " does not answer for " +
                       to_text(request.to) + ": " + outcome_of(came));
  return came;
}

std::vector<listed_row> client_workload::rows_at(machine_number at, const scan& request) {
  await(at);
  auto came = insisted<client_rows>(in_, [&](listed then) {
    auto one = request;
    one.deadline = in_.steady_at(at) + attempt;
    in_.list(at, std::move(one), std::move(then));
  });
  if (came && *came) return std::move(**came);
  violated("L2", "machine " + std::to_string(at) + " does not list " + request.index +
                     (came ? ": " + came->problem().detail : std::string()));
  return {};
}

void client_workload::until_right(const std::string& invariant, virtual_ns limit,
                                  const std::function<std::string()>& wrong) {
  const auto end = in_.time().now() + limit;
  auto sentence = wrong();
  while (!sentence.empty() && !in_.broken() && in_.time().now() < end) {
    in_.run_for(second_ns);
    sentence = wrong();
  }
  if (!sentence.empty()) violated(invariant, sentence);
}

std::string outcome_of(const client_answer& said) {
  if (!said) return "unknown";
  if (*said) return "accepted";
  return "refused with " + std::string(row_of(said->problem().code).name) + ", " +
         said->problem().detail;
}

bool refused_with(const client_answer& said, code why) {
  return said && !*said && said->problem().code == why;
}

}  // namespace resalehub::simulation
