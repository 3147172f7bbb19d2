#include "gateway/loop_group.hpp"

#include "base/thread_name.hpp"

namespace resalehub {

loop_group::loop_group(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    loops_.push_back(std::make_unique<boost::asio::io_context>(1));
    guards_.emplace_back(loops_.back()->get_executor());
  }
}

loop_group::~loop_group() { stop(); }

void loop_group::start() {
  for (auto& loop : loops_)
    threads_.emplace_back([&loop = *loop] {
      name_thread("http loop");
      loop.run();
    });
}

void loop_group::stop() {
  guards_.clear();
  for (auto& loop : loops_) loop->stop();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace resalehub
