// An HTTP session against the clock: how long it may stay in a phase, and how it is ended.
#include "gateway/http_session.hpp"

namespace resalehub {

void http_session::enter(phase next, std::int64_t limit_ms) {
  phase_ = next;
  deadline_us_ = loop_->now_us() + limit_ms * 1000;
  expired_ = false;
}

void http_session::sweep(std::int64_t now_us) {
  bool late = now_us >= deadline_us_;
  switch (phase_) {
    case phase::responding: return;
    case phase::body:
      // Past the grace a body must have come at the least rate, counted from its start.
      late = late && static_cast<std::int64_t>(work_->request.body.size()) * 1'000'000 <
                         loop_->limits().body_bytes_per_second_min * (now_us - work_->started_us);
      break;
    case phase::greeting:
    case phase::idle:
    case phase::head:
    case phase::writing:
    case phase::lingering: break;
  }
  if (!late || expired_) return;
  expired_ = true;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void http_session::drain() {
  if (phase_ != phase::idle && phase_ != phase::greeting) return;
  open_ = false;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void http_session::cut() {
  open_ = lingers_ = false;
  expired_ = true;
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace resalehub
