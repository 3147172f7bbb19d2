#pragma once
/// One HTTP connection: reads, serves one request after the other in order, answers. While it waits
/// for the next request it holds its socket and nothing else. Confined to its loop.

#include <cstdint>
#include <memory>
#include <string>

#include "gateway/client_transport.hpp"
#include "gateway/connection_census.hpp"
#include "gateway/response_bytes.hpp"
#include "gateway/session_loop.hpp"

namespace resalehub {

struct accepted_connection {
  client_transport socket;
  std::string remote_address;
  connection_slot slot;
};

class http_session final : public swept_session,
                           public std::enable_shared_from_this<http_session> {
 public:
  http_session(std::shared_ptr<session_loop> loop, accepted_connection connection);

  static void start(std::shared_ptr<session_loop> loop, accepted_connection connection);
  /// Answers 503 and closes: one connection too many.
  static void turn_away(std::shared_ptr<session_loop> loop, accepted_connection connection);

  void sweep(std::int64_t now_us) override;
  void drain() override;
  void cut() override;

 private:
  enum class phase : std::uint8_t { greeting, idle, head, body, responding, writing, lingering };
  enum class taken : std::uint8_t { need_more, request, handshake, refused };

  /// `self` keeps the session for as long as the coroutine runs.
  task<void> run(std::shared_ptr<http_session> self);
  task<void> refuse_and_close(std::shared_ptr<http_session> self);
  task<void> shake_hands();
  task<void> serve();
  task<void> respond();
  task<void> upgrade();
  task<void> flush();
  task<bool> await_more();
  task<void> linger();

  bool receive();
  bool flush_at_once();
  bool respond_at_once();
  taken take_request();
  taken take_body();
  taken ready();
  taken refuse(const head_refusal& refusal);
  void describe_request();
  void answer(http_response&& response);
  void answer_timeout();
  connection_after after_answer() const;
  void enter(phase next, std::int64_t limit_ms);

  std::shared_ptr<session_loop> loop_;
  client_transport socket_;
  connection_slot slot_;
  std::string remote_address_;
  std::unique_ptr<http_work> work_;
  std::int64_t deadline_us_ = 0;
  std::int64_t ready_us_ = 0;
  std::uint32_t requests_ = 0;
  phase phase_ = phase::greeting;
  bool open_ = true;      ///< another request may follow
  bool expired_ = false;  ///< the sweep ended the present wait
  bool lingers_ = false;  ///< something was said that the peer should still read
};

}  // namespace resalehub
