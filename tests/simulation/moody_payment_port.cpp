#include "tests/simulation/moody_payment_port.hpp"

#include <utility>

namespace resalehub::simulation {
namespace {

constexpr std::int64_t late_ms_max = 8'000;

problem failure() { return {code::provider_error, "the provider failed"}; }

}  // namespace

moody_payment_port::moody_payment_port(std::unique_ptr<outside_port> inner, timeline& time,
                                       stream moods)
    : inner_(std::move(inner)), time_(time), moods_(moods) {}

moody_payment_port::mood moody_payment_port::draw() {
  const auto dice = moods_.below(100);
  if (dice < 10) return mood::failing;
  if (dice < 20) return mood::failing_after_all;
  if (dice < 45) return mood::late;
  return mood::plain;
}

void moody_payment_port::perform(const std::string& key, const std::string& request,
                                 steady_instant deadline, callback done) {
  switch (draw()) {
    case mood::plain: return inner_->perform(key, request, deadline, std::move(done));
    case mood::failing: return answer_later(std::move(done), failure());
    case mood::failing_after_all:
      return inner_->perform(key, request, deadline,
                             [done = std::move(done)](result<std::string>) { done(failure()); });
    case mood::late:
      return inner_->perform(key, request, deadline,
                             [this, alive = std::weak_ptr(later_),
                              done = std::move(done)](result<std::string> outcome) {
                               if (alive.lock()) answer_later(done, std::move(outcome));
                             });
  }
}

void moody_payment_port::answer_later(callback done, result<std::string> outcome) {
  const auto number = ++later_->last;
  later_->waiting.emplace(number, std::pair{std::move(done), std::move(outcome)});
  const auto delay = moods_.between(1, late_ms_max) * millisecond_ns;
  time_.after(delay, [number, still = std::weak_ptr(later_)] {
    const auto later = still.lock();
    if (!later) return;
    auto one = later->waiting.extract(number);
    if (!one.empty()) one.mapped().first(std::move(one.mapped().second));
  });
}

}  // namespace resalehub::simulation
