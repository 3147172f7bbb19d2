// The cluster of a test, and who asks it. What goes wrong in it: test_cluster_faults.cpp.

#include "actors/catalog.hpp"
#include "tests/simulation/kit.hpp"

namespace resalehub::simulation {
namespace {

run_options options_of(const cluster_options& options) {
  run_options out;
  out.seed = options.seed;
  out.machines = options.machines;
  out.partitions = options.partitions;
  out.sizes = options.sizes;
  return out;
}

}  // namespace

test_cluster::test_cluster(const cluster_options& options)
    : options_(options),
      in_(std::make_unique<world>(options_of(options), log_, kind_of, faults_.seams())),
      chance_(options.seed, "kit") {
  faults_.watch(*in_);
  for (const auto machine : options.absent.list()) in_->at(machine).absent = true;
}

test_cluster::~test_cluster() = default;

void test_cluster::register_kind(const entity_kind& kind) {
  check(!begun_, "kinds are registered before the cluster begins");
  faults_.add(kind);
}

void test_cluster::begin() {
  if (std::exchange(begun_, true)) return;
  if (!in_->begin()) give_up("the cluster does not come to be");
}

// -- asking ---------------------------------------------------------------------------------------

told test_cluster::send(const entity_id& to, ask_mode mode, std::string body, const asking& how) {
  begin();
  told out;
  resalehub::ask request;
  request.to = to;
  request.by = how.by;
  request.mode = mode;
  request.request = derived_request("kit", std::to_string(++asked_));
  request.fingerprint = asked_;
  request.body = std::move(body);
  request.expected_version = how.expected_version;
  insistence patience;
  patience.patience_ms = options_.patience.count();
  patience.at = how.at;
  insist({*in_, chance_}, std::move(request),
         [told = out.answer_](client_answer said) { *told = std::move(said); }, patience);
  return out;
}

result<answer> test_cluster::wait(const told& which) {
  constexpr milliseconds last_attempt{10'000};
  in_->run_while_not([&] { return which.over(); },
                     (options_.patience + last_attempt).count() * millisecond_ns);
  check_sound();
  if (!which.over() || !**which.answer_) give_up("an ask has no answer");
  return ***which.answer_;
}

client_answer test_cluster::ask_once(machine_number at, resalehub::ask request) {
  begin();
  auto heard = std::make_shared<std::optional<client_answer>>();
  request.deadline = in_->steady_at(at) + milliseconds{5000};
  in_->ask(at, std::move(request), [heard](client_answer said) { *heard = std::move(said); });
  in_->run_while_not([&] { return heard->has_value(); }, 60 * second_ns);
  check_sound();
  if (!*heard) give_up("a node has not answered within a minute");
  return std::move(**heard);
}

std::vector<listed_row> test_cluster::list(const scan& request) {
  begin();
  const auto until = in_->time().now() + options_.patience.count() * millisecond_ns;
  while (in_->time().now() < until) {
    auto heard = std::make_shared<std::optional<client_rows>>();
    const auto at = static_cast<machine_number>(1 + chance_.below(options_.machines));
    auto one = request;
    one.deadline = in_->steady_at(at) + milliseconds{3000};
    in_->list(at, std::move(one), [heard](client_rows said) { *heard = std::move(said); });
    in_->run_while_not([&] { return heard->has_value(); }, 10 * second_ns);
    check_sound();
    if (*heard && **heard && ***heard) return ****heard;
    pass(milliseconds{100});
  }
  give_up("a list does not come");
}

// -- time -----------------------------------------------------------------------------------------

void test_cluster::pass(milliseconds time) {
  begin();
  in_->run_for(time.count() * millisecond_ns);
  check_sound();
}

void test_cluster::pass_until(std::string_view what, const std::function<bool()>& holds,
                              milliseconds limit) {
  begin();
  const bool held = in_->run_while_not(holds, limit.count() * millisecond_ns);
  check_sound();
  if (!held) give_up("it does not come to pass that " + std::string(what));
}

// -- what happened --------------------------------------------------------------------------------

std::string test_cluster::story() const {
  std::string out = "seed " + std::to_string(options_.seed);
  for (const auto& one : faults_.injected()) out += "\n  " + one;
  for (const auto& one : faults_.waiting()) out += "\n  not yet: " + one;
  return out;
}

void test_cluster::check_sound() const {
  if (const auto& broken = in_->broken()) give_up(broken->invariant + ": " + broken->sentence);
}

void test_cluster::give_up(std::string_view why) const {
  throw cluster_failed(std::string(why) + "; " + story());
}

}  // namespace resalehub::simulation
