#include "cluster/tls_link_connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

namespace resalehub {
namespace {

constexpr std::size_t kept_room_bytes = 256 * 1024;

void add(std::atomic<std::uint64_t>& figure, std::uint64_t count) {
  figure.fetch_add(count, std::memory_order_relaxed);
}

}  // namespace

link_connection::link_connection(std::unique_ptr<link_stream> stream, origin from,
                                 clock_port& clock, link_figures& figures)
    : stream_(std::move(stream)), origin_(std::move(from)), clock_(clock), figures_(figures) {}

void link_connection::cut(link_fault why) {
  if (ended_by_ == link_fault::none) ended_by_ = why;
  boost::system::error_code ignored;
  stream_->socket().close(ignored);
}

link_task<link_fault> link_connection::write(const std::string& frame) {
  written_us_ = clock_.monotonic_us();
  auto fault = co_await stream_->write(frame);
  add(figures_.frames_sent, 1);
  add(figures_.bytes_sent, frame.size());
  co_return fault;
}

void link_connection::carry(link_lanes& lanes) {
  lanes_ = &lanes;
  state = phase::carrying;
  wake();
}

void link_connection::wake() {
  if (state != phase::carrying || ended_by_ != link_fault::none) return;
  if (std::exchange(writing_, true)) return;
  auto self = shared_from_this();
  boost::asio::co_spawn(stream_->socket().get_executor(), write_all(std::move(self)),
                        boost::asio::detached);
}

void link_connection::beat() {
  if (writing_) return;
  beat_due_ = true;
  wake();
}

link_task<void> link_connection::write_all(std::shared_ptr<link_connection>) {  // kept alive by it
  while (ended_by_ == link_fault::none) {
    const auto count = lanes_->fill(out_);
    if (count == 0 && !beat_due_) break;
    beat_due_ = false;
    auto fault = co_await write(out_);
    if (fault != link_fault::none) break;  // the reader sees the end too, and tells it
    add(figures_.messages_sent, count);
    if (out_.capacity() > kept_room_bytes) std::string().swap(out_);
  }
  writing_ = false;
}

}  // namespace resalehub
