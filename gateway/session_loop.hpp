#pragma once
/// One server's share of one event loop: what its sessions have in common. Its sessions are swept
/// four times a second, which costs less than a timer each. Loop thread only, unless said.

#include <array>
#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ports.hpp"
#include "gateway/application.hpp"
#include "gateway/http_limits.hpp"
#include "gateway/http_work.hpp"

namespace resalehub {

/// What happened at the edge since the start; read from any thread.
struct edge_counts {
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> turned_away{0};  ///< over a cap: 503
  std::atomic<std::uint64_t> cut_short{0};    ///< the peer left inside a request
  std::atomic<std::uint64_t> timed_out{0};    ///< 408
  std::atomic<std::uint64_t> handshakes_failed{0};  ///< of TLS
  std::atomic<std::uint64_t> stalled{0};      ///< did not read what was written
  std::atomic<std::uint64_t> websockets{0};   ///< handshakes that succeeded
  std::atomic<std::uint64_t> slow_consumers{0};
};

/// What a server and all its sessions stand on. Ports and application outlive the server.
struct edge_parts {
  http_application& application;
  clock_port& clock;
  entropy_port& entropy;
  http_limits limits;
  edge_counts counts;
};

using sweep_hook = boost::intrusive::list_base_hook<
    boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// A session as its loop sees it. None of these may end the session before it returns.
class swept_session : public sweep_hook {
 public:
  virtual ~swept_session() = default;
  virtual void sweep(std::int64_t now_us) = 0;
  virtual void drain() = 0;  ///< end as soon as what runs is finished
  virtual void cut() = 0;    ///< end now
};

class session_loop : public std::enable_shared_from_this<session_loop> {
 public:
  session_loop(std::shared_ptr<edge_parts> parts, loop_executor executor);

  void start();  ///< any thread, before the first session
  /// Drains every session, cuts what is left after `within`; then calls `drained` on this loop.
  void stop(milliseconds within, std::function<void()> drained);
  bool stopping() const { return stopping_; }

  void enroll(swept_session& session) { sessions_.push_back(session); }
  std::unique_ptr<http_work> borrow_work();
  void return_work(std::unique_ptr<http_work> work);

  loop_executor executor() const { return executor_; }
  const http_limits& limits() const { return parts_->limits; }
  http_application& application() const { return parts_->application; }
  edge_counts& counts() const { return parts_->counts; }
  std::int64_t now_us() const { return parts_->clock.monotonic_us(); }
  std::string_view date();  ///< as the Date field has it; made once a second
  void name_request(std::string& id);  ///< 32 hexadecimal digits, unlike any other

 private:
  using session_list =
      boost::intrusive::list<swept_session, boost::intrusive::constant_time_size<false>>;

  void await_sweep();
  void sweep();
  void finish_stop();

  std::shared_ptr<edge_parts> parts_;
  loop_executor executor_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>,
                                    loop_executor> timer_;
  session_list sessions_;
  std::vector<std::unique_ptr<http_work>> spare_work_;
  std::string date_;
  std::int64_t date_second_ = -1;
  std::array<std::uint64_t, 2> id_seed_{};
  std::uint64_t ids_given_ = 0;
  bool stopping_ = false;
  bool was_cut_ = false;
  std::int64_t cut_at_us_ = 0;
  std::function<void()> drained_;
};

}  // namespace resalehub
