#include "gateway/session_loop.hpp"

#include "gateway/response_bytes.hpp"

namespace resalehub {
namespace {

constexpr milliseconds sweep_every{250};
constexpr std::size_t spare_work_max = 128;

/// A bijection of 64 bits (the finaliser of SplitMix64), so a counter gives no id twice.
std::uint64_t scattered(std::uint64_t value) {
  value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9u;
  value = (value ^ value >> 27) * 0x94D049BB133111EBu;
  return value ^ value >> 31;
}

void write_hex(char* to, std::uint64_t value) {
  for (int shift = 60; shift >= 0; shift -= 4) *to++ = "0123456789abcdef"[value >> shift & 15];
}

}  // namespace

session_loop::session_loop(std::shared_ptr<edge_parts> parts, loop_executor executor)
    : parts_(std::move(parts)), executor_(executor), timer_(executor) {
  for (auto& word : id_seed_) word = parts_->entropy.next();
}

void session_loop::start() { await_sweep(); }

std::string_view session_loop::date() {
  auto now = parts_->clock.now();
  if (auto second = now.unix_ms / 1000; second != date_second_) {
    date_second_ = second;
    date_ = to_http_date(now);
  }
  return date_;
}

void session_loop::name_request(std::string& id) {
  id.resize(32);
  write_hex(id.data(), id_seed_[0]);
  write_hex(id.data() + 16, scattered(id_seed_[1] + ++ids_given_));
}

// -- work ---

std::unique_ptr<http_work> session_loop::borrow_work() {
  if (spare_work_.empty()) return std::make_unique<http_work>(limits());
  auto work = std::move(spare_work_.back());
  spare_work_.pop_back();
  return work;
}

void session_loop::return_work(std::unique_ptr<http_work> work) {
  if (spare_work_.size() >= spare_work_max || !work->worth_keeping()) return;
  work->in.clear();
  work->out.clear();
  work->head.restart();
  work->in_body = false;
  spare_work_.push_back(std::move(work));
}

// -- sweeping and stopping ---

void session_loop::await_sweep() {
  timer_.expires_after(sweep_every);
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    if (auto self = weak.lock(); self && !error) self->sweep();
  });
}

void session_loop::sweep() {
  auto now = now_us();
  bool cutting = stopping_ && now >= cut_at_us_;
  for (auto at = sessions_.begin(); at != sessions_.end();) {
    auto& session = *at++;
    cutting ? session.cut() : session.sweep(now);
  }
  // A session that is cut twice waits for the application: it is not waited for.
  if (stopping_ && (sessions_.empty() || std::exchange(was_cut_, cutting))) return finish_stop();
  await_sweep();
}

void session_loop::stop(milliseconds within, std::function<void()> drained) {
  drained_ = std::move(drained);
  stopping_ = true;
  cut_at_us_ = now_us() + within.count() * 1000;
  for (auto at = sessions_.begin(); at != sessions_.end();) (at++)->drain();
  // Sessions leave the list as their coroutines end; a sweep soon sees that.
  timer_.expires_after(milliseconds{5});
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    if (auto self = weak.lock(); self && !error) self->sweep();
  });
}

void session_loop::finish_stop() {
  if (auto drained = std::exchange(drained_, nullptr)) drained();
}

}  // namespace resalehub
