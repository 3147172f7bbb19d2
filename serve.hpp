#pragma once
/// A node in service: the floors on the real clock, chance, disk and network, each made on the one
/// below it. Made, asked and stopped by main's thread.

#include <cstdint>
#include <memory>

#include "base/result.hpp"
#include "config/options.hpp"

namespace resalehub {

class running_server {
 public:
  /// Serves when it returns; the refusal is a sentence for the operator. The log must be open.
  static result<std::unique_ptr<running_server>> start(const options& set);
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
