#include "tests/simulation/workload.hpp"

namespace resalehub::simulation {
namespace {

struct insisting {
  world& in;
  stream& chance;
  resalehub::ask request;
  std::function<void(client_answer)> heard;
  insistence how;
  virtual_ns until = 0;
};

bool is_final(const client_answer& said) {
  if (!said) return false;
  if (*said) return true;
  const auto& why = said->problem();
  return !why.retryable() && why.code != code::internal;
}

void attempt(std::shared_ptr<insisting> one) {
  const auto any = static_cast<machine_number>(1 + one->chance.below(one->in.machines()));
  const auto where = one->how.at != 0 ? one->how.at : any;
  auto request = one->request;
  request.deadline = one->in.now_at(where) + milliseconds{one->how.attempt_ms};
  one->in.ask(where, std::move(request), [one](client_answer said) {
    const bool over = one->in.time().now() >= one->until;
    if (is_final(said)) return one->heard(std::move(said));
    if (over) return one->heard(std::nullopt);
    one->in.time().after(one->how.pause_ms * millisecond_ns, [one] { attempt(one); });
  });
}

}  // namespace

void insist(world& in, stream& chance, resalehub::ask request,
            std::function<void(client_answer)> heard, insistence how) {
  const auto until = in.time().now() + how.patience_ms * millisecond_ns;
  attempt(std::make_shared<insisting>(
      insisting{in, chance, std::move(request), std::move(heard), how, until}));
}

}  // namespace resalehub::simulation
