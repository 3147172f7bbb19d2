#include "tests/simulation/workload.hpp"

#include <utility>

namespace resalehub::simulation {
namespace {

template <class Request, class Answer>
struct insisting {
  world& in;
  stream& chance;
  Request request;
  std::function<void(Answer)> heard;
  insistence how;
  virtual_ns until = 0;
};

template <class Answer>
bool is_final(const Answer& said) {
  if (!said) return false;
  if (*said) return true;
  const auto& why = said->problem();
  return !why.retryable() && why.code != code::internal;
}

void ask_of(world& in, machine_number at, resalehub::ask request,
            std::function<void(client_answer)> heard) {
  in.ask(at, std::move(request), std::move(heard));
}
void ask_of(world& in, machine_number at, scan request, std::function<void(client_rows)> heard) {
  in.list(at, std::move(request), std::move(heard));
}

template <class Request, class Answer>
void attempt(std::shared_ptr<insisting<Request, Answer>> one) {
  const auto any = static_cast<machine_number>(1 + one->chance.below(one->in.machines()));
  const auto where = one->how.at != 0 ? one->how.at : any;
  auto request = one->request;
  request.deadline = one->in.steady_at(where) + milliseconds{one->how.attempt_ms};
  const auto heard = [one](Answer said) {
    const bool over = one->in.time().now() >= one->until;
    if (is_final(said)) return one->heard(std::move(said));
    if (over) return one->heard(std::nullopt);
    one->in.time().after(one->how.pause_ms * millisecond_ns, [one] { attempt(one); });
  };
  ask_of(one->in, where, std::move(request), heard);
}

template <class Request, class Answer>
void insist_on(client_place where, Request request, std::function<void(Answer)> heard,
               insistence how) {
  const auto until = where.in.time().now() + how.patience_ms * millisecond_ns;
  attempt(std::make_shared<insisting<Request, Answer>>(insisting<Request, Answer>{
      where.in, where.chance, std::move(request), std::move(heard), how, until}));
}

}  // namespace

void insist(client_place where, resalehub::ask request, std::function<void(client_answer)> heard,
            insistence how) {
  insist_on(where, std::move(request), std::move(heard), how);
}

void insist(client_place where, scan request, std::function<void(client_rows)> heard,
            insistence how) {
  insist_on(where, std::move(request), std::move(heard), how);
}

}  // namespace resalehub::simulation
