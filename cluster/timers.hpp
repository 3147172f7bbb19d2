#pragma once
/// Durable timers of one partition: which rows are due, and which of them are firing now. Rows are
/// written and erased by commits; this only remembers when to look. Confined to the partition's
/// actor.

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "cluster/host_ports.hpp"

namespace resalehub {

class timers {
 public:
  timers(keys::partition_number partition, const host_ports& ports);

  void armed(instant due);  ///< a row with this time has been applied
  /// Calls `fire(key, packed command)` for each row due at `now` that is not firing already; at
  /// most `fired_max` a call, the rest with the next.
  void fire_due(instant now,
                const std::function<void(std::string key, std::string command)>& fire);
  void ended(const std::string& key);     ///< its row is gone
  void try_again(const std::string& key);  ///< the delivery failed in passing
  void clear();                            ///< forgets what it knew: look again

  static constexpr int fired_max = 256;

 private:
  keys::partition_number partition_;
  const host_ports& ports_;
  instant next_due_{};  ///< nothing is due before; long ago: look
  std::set<std::string> firing_;
};

}  // namespace resalehub
