// Alarms that are set, set anew and switched off: whether each rings once, never before its time by
// the clock of whoever leads, and soon after it when nothing goes wrong.

#include <algorithm>
#include <map>

#include "tests/simulation/alarm_entity.hpp"
#include "tests/simulation/client_workload.hpp"
#include "tests/simulation/workloads.hpp"

namespace resalehub::simulation {
namespace {

using namespace alarms;

constexpr std::uint32_t alarms_max = 3;
constexpr milliseconds late_max{5000};
constexpr std::int64_t after_ms_max = 15'000;

class timer_workload final : public client_workload {
 public:
  explicit timer_workload(world& in)
      : client_workload(in, {.name = "timers", .pause_ms = 300, .actions_max = 60}),
        clocks_lie_(in.options().has(fault_class::clocks)) {
    for (std::uint32_t n = 0; n < alarms_max; ++n)
      entities_.push_back({static_cast<slot_number>(n * (slots_max / alarms_max) +
                                                    chance_.below(1000)),
                           derived_ulid("alarm", std::to_string(n))});
  }

  void check() override {
    in_.run_for(after_ms_max * millisecond_ns);
    until_right("timers", late_max.count() * millisecond_ns, [this] {
      for (const auto& entity : entities_) {
        auto wrong = what_is_wrong_with(entity);
        if (!wrong.empty() || in_.broken()) return wrong;
      }
      return std::string();
    });
  }

 private:
  struct alarm {
    alarm_id entity;
    bool set = false;           ///< acknowledged
    bool unsure = false;        ///< something about it is unknown
    bool off = false;           ///< switched off, acknowledged
    instant due;                ///< of the last acknowledged setting
  };

  void act(std::uint32_t client) override {
    const auto dice = chance_.below(100);
    if (alarms_.empty() || dice < 60) {
      const auto number = alarms_.size() + 1;
      alarms_[number].entity = chance_.one_of(entities_);
      return set(client, number);
    }
    // Of two clients at one alarm nobody could say which came last.
    const auto number = 1 + chance_.below(alarms_.size());
    if (!busy_.insert({number, client}).second) return next(client);
    if (dice < 80) return set(client, number);
    switch_off(client, number);
  }

  void set(std::uint32_t client, std::uint64_t number) {
    auto& one = alarms_[number];
    busy_.insert({number, client});
    const milliseconds after{chance_.between(0, after_ms_max)};
    send(command_of<alarms::command>(one.entity, {}, set_alarm{number, after}, fresh_key()),
         [this, client, number](const client_answer& said) {
           auto& one = alarms_[number];
           busy_.erase(number);
           ring made;
           if (!said) one.unsure = true;
           else if (*said && unpack((*said)->bytes, made)) one.set = true, one.due = made.due;
           else if (!refused_with(said, code::invalid_transition))
             violated("A1", "an alarm was " + outcome_of(said));
           next(client);
         });
  }

  void switch_off(std::uint32_t client, std::uint64_t number) {
    auto& one = alarms_[number];
    send(command_of<alarms::command>(one.entity, {}, alarms::switch_off{number}, fresh_key()),
         [this, client, number](const client_answer& said) {
           auto& one = alarms_[number];
           busy_.erase(number);
           if (!said) one.unsure = true;
           else if (*said) one.off = true;
           next(client);
         });
  }

  std::string what_is_wrong_with(const alarm_id& entity) {
    const auto at = static_cast<machine_number>(1 + chance_.below(in_.machines()));
    const auto said = answer_at(at, query_of<alarms::query>(entity, {}, alarms::read{}));
    alarms::state there;
    if (!said || !*said || !unpack((*said)->bytes, there))
      return "the alarms cannot be read: " + outcome_of(said);
    std::map<std::uint64_t, std::vector<rung>> rings;
    for (const auto& one : there.rings) rings[one.number].push_back(one);
    for (const auto& [number, one] : alarms_) {
      if (one.entity != entity) continue;
      auto wrong = what_is_wrong_with(number, there, rings[number]);
      if (!wrong.empty()) return "alarm " + std::to_string(number) + " " + wrong;
    }
    return {};
  }

  std::string what_is_wrong_with(std::uint64_t number, const alarms::state& there,
                                 const std::vector<rung>& rings) {
    const auto& told = alarms_.at(number);
    const bool off = std::count(there.ended.begin(), there.ended.end(), number) > 0;
    const auto set = std::find_if(there.set.begin(), there.set.end(),
                                  [&](const ring& one) { return one.number == number; });
    if (set == there.set.end()) return told.set ? "was acknowledged and is not set" : "";
    if (told.off && !off) return "was switched off and is not";
    if (off) return rings.empty() ? "" : "was switched off and rang";
    if (!told.unsure && set->due != told.due) return "is due at another time than was said";
    if (rings.size() > 1) return "rang " + std::to_string(rings.size()) + " times";
    if (rings.empty()) return may_still_wait(*set) ? "" : "did not ring";
    const auto late = rings[0].at - rings[0].due;
    if (late < milliseconds{0} && !clocks_lie_)
      return "rang " + std::to_string(-late.count()) + " ms too early";
    if (late > late_max && !clocks_lie_ && rings[0].due >= calm_since())
      return "rang " + std::to_string(late.count()) + " ms too late";
    return {};
  }

  /// By the right time, which all clocks show by now.
  instant calm_since() const { return {run_began_unix_ms + stopped_at() / millisecond_ns}; }
  /// One that was set by a clock that was far ahead.
  bool may_still_wait(const ring& one) const {
    const instant now{run_began_unix_ms + in_.time().now() / millisecond_ns};
    return clocks_lie_ && one.due + late_max >= now;
  }

  const bool clocks_lie_;
  std::vector<alarm_id> entities_;
  std::map<std::uint64_t, alarm> alarms_;
  std::map<std::uint64_t, std::uint32_t> busy_;  ///< alarm -> who is at it
};

}  // namespace

std::unique_ptr<workload> make_timer_workload(world& in) {
  return std::make_unique<timer_workload>(in);
}

}  // namespace resalehub::simulation
