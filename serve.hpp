#pragma once
/// A node in service: the floors on the real clock, chance, disk and network, each made on the one
/// below it. Made, asked and stopped by main's thread.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "config/options.hpp"

namespace resalehub {

/// How a node reaches who started it.
struct operator_ports {
  /// Lets main's thread wait; false: the operator wants it to wait no longer.
  std::function<bool(milliseconds)> pause;
  std::function<void(const std::string&)> tell;
  /// The node may not stay in its cluster: it shall be stopped. Any thread.
  std::function<void(const std::string&)> expelled;
};

class running_server {
 public:
  /// Serves when it returns; the refusal is a sentence for the operator. The log must be open.
  static result<std::unique_ptr<running_server>> start(const options& set,
                                                       const operator_ports& who);
  /// What this node leads shall be led by others, while it still serves: before its end.
  void leave();
  /// Stops what still runs: from the listeners down, so that work under way is answered first.
  ~running_server();

  std::uint16_t http_port() const;
  std::uint16_t admin_port() const;

 private:
  struct floors;
  explicit running_server(std::unique_ptr<floors> all);
  std::unique_ptr<floors> floors_;
};

}  // namespace resalehub
