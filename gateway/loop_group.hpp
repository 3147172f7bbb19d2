#pragma once
/// The gateway's event loops: one io_context and one thread each. Sessions stay on the loop that
/// took them. start() and stop() from one thread; the loops live as long as the group.

#include <boost/asio/executor_work_guard.hpp>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include "gateway/loop.hpp"

namespace resalehub {

class loop_group {
 public:
  explicit loop_group(std::size_t count);
  ~loop_group();

  std::size_t size() const { return loops_.size(); }
  boost::asio::io_context& at(std::size_t index) { return *loops_[index]; }
  loop_executor executor(std::size_t index) { return loops_[index]->get_executor(); }

  void start();  ///< one thread a loop
  void stop();   ///< ends them at once; what was still to run is dropped with the group

 private:
  std::vector<std::unique_ptr<boost::asio::io_context>> loops_;
  std::vector<boost::asio::executor_work_guard<loop_executor>> guards_;
  std::vector<std::thread> threads_;
};

}  // namespace resalehub
