#include "cluster/timers.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/bug.hpp"
#include "cluster/host_figures.hpp"
#include "storage/keys.hpp"

namespace resalehub {
namespace {
constexpr instant never{INT64_MAX};
}

timers::timers(keys::partition_number partition, const host_ports& ports)
    : partition_(partition), ports_(ports) {}

void timers::armed(instant due) { next_due_ = std::min(next_due_, due); }

void timers::fire_due(instant now,
                      const std::function<void(std::string, std::string)>& fire) {
  if (now < next_due_ && !broken(bug::timer_early)) return;
  const auto prefix = keys::partition_prefix(partition_) + "t";
  std::vector<std::pair<std::string, std::string>> due;
  instant following = never;
  ports_.store->scan({family::queue, prefix, keys::after_prefix(prefix)},
                     [&](std::string_view key, std::string_view command) {
                       const auto at = keys::parse_timer(key).due;
                       const milliseconds early{broken(bug::timer_early) ? 1000 : 0};
                       if (at > now + early || due.size() == fired_max) {
                         following = at;
                         return false;
                       }
                       std::string owned(key);
                       const bool fires = firing_.contains(owned) && !broken(bug::timer_twice);
                       if (!fires) due.emplace_back(std::move(owned), command);
                       return true;
                     });
  next_due_ = due.empty() ? following : std::min(following, now);
  for (auto& [key, command] : due) {
    firing_.insert(key);
    count(ports_.figures, &host_figures::timers_fired);
    fire(std::move(key), std::move(command));
  }
}

void timers::ended(const std::string& key) { firing_.erase(key); }

void timers::try_again(const std::string& key) {
  firing_.erase(key);
  next_due_ = {};
}

void timers::clear() {
  firing_.clear();
  next_due_ = {};
}

}  // namespace resalehub
