#pragma once
/// How a node gets into its cluster, and how it learns whether it still belongs there: it
/// introduces itself at nodes that are in, with the key of its data directory. Made by the starting
/// thread; `look` may come from any one thread at a time.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cluster/joining.hpp"
#include "cluster/tls_link.hpp"

namespace resalehub {

struct admission_ports {
  tls_links* links = nullptr;
  std::function<bool(milliseconds)> pause;           ///< false: wait no longer
  std::function<void(const std::string&)> tell;      ///< the operator
  std::function<void(const std::string&)> expelled;  ///< this node may not stay; any thread
};

class admission {
 public:
  admission(controller::join who, admission_ports ports);

  /// Blocks until one of these lets it in or refuses it for ever.
  result<join_answer> enter(const std::vector<std::string>& addresses);

  /// Once a second in a node that is in: asks these whether it still belongs, once after its start
  /// and again while nobody is linked to it.
  void look(std::vector<std::string> addresses);

 private:
  struct inquiry {
    std::atomic<bool> under_way{false};
    std::atomic<bool> belongs{false};
  };
  result<join_answer> ask_once(const std::vector<std::string>& addresses,
                               const controller::join& who);

  const controller::join who_;
  const admission_ports ports_;
  const std::shared_ptr<inquiry> inquiry_ = std::make_shared<inquiry>();
  int looks_alone_ = 0;
  int looks_to_skip_ = 0;
};

}  // namespace resalehub
