#include "bench/load.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <chrono>
#include <stdexcept>
#include <utility>
#include <vector>

namespace resalehub::bench {

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// -- latency --------------------------------------------------------------------------------------

std::size_t latency_histogram::bucket_of(std::uint64_t value) {
  const int width = std::bit_width(value | 1);
  if (width <= fine_bits) return value;
  const int shift = width - fine_bits - 1;
  return (static_cast<std::size_t>(shift + 1) << fine_bits) +
         ((value >> shift) & ((1u << fine_bits) - 1));
}

std::uint64_t latency_histogram::middle_of(std::size_t bucket) {
  const auto row = bucket >> fine_bits, column = bucket & ((1u << fine_bits) - 1);
  if (row == 0) return column;
  return ((column + (1u << fine_bits)) << (row - 1)) + ((1ull << (row - 1)) >> 1);
}

void latency_histogram::record(std::int64_t took_ns) {
  ++buckets_[bucket_of(static_cast<std::uint64_t>(std::max<std::int64_t>(took_ns, 0)))];
  ++count_;
}

void latency_histogram::add(const latency_histogram& other) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
}

double latency_histogram::quantile_us(double share) const {
  const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count_));
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    below += buckets_[i];
    if (below > wanted) return static_cast<double>(middle_of(i)) / 1000;
  }
  return 0;
}

// -- sockets --------------------------------------------------------------------------------------

int connect_to(const endpoint& to) {
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(to.port);
  ::inet_pton(AF_INET, to.address.c_str(), &peer.sin_addr);
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) throw std::runtime_error("no socket is left: raise `ulimit -n`");
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&peer), sizeof peer) != 0) {
    ::close(socket);
    throw std::runtime_error("nobody listens on port " + std::to_string(to.port));
  }
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

namespace {

constexpr std::int64_t patience_ns = 30'000'000'000;  ///< for one answer

/// One connection: what it sends, what it has read of the answer.
class client {
 public:
  explicit client(int socket) : socket_(socket) {}
  client(client&& from) noexcept : socket_(std::exchange(from.socket_, -1)) {}
  ~client() {
    if (socket_ >= 0) ::close(socket_);
  }

  int socket() const { return socket_; }
  bool waiting() const { return asked_ns_ != 0; }
  void stop_waiting() { asked_ns_ = 0; }
  std::int64_t asked_ns() const { return asked_ns_; }

  /// The request stands in `out`.
  void send_now();
  /// Once more; its time goes on.
  void send_again();
  /// True when the answer is whole; then `answer` is good until the next send.
  bool receive(reply& answer);

  std::string out;

 private:
  bool parse(reply& answer);

  int socket_;
  std::int64_t asked_ns_ = 0;
  std::string in_ = std::string(16 * 1024, '\0');
  std::size_t filled_ = 0;
  std::size_t head_size_ = 0;
  std::size_t body_size_ = 0;
};

void client::send_now() {
  asked_ns_ = now_ns();
  send_again();
}

void client::send_again() {
  filled_ = head_size_ = 0;
  // A request is far smaller than a socket's buffer, so this does not wait.
  if (::send(socket_, out.data(), out.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(out.size()))
    throw std::runtime_error("the server closed a connection");
}

bool client::receive(reply& answer) {
  if (filled_ == in_.size()) in_.resize(2 * in_.size());
  const auto count = ::recv(socket_, in_.data() + filled_, in_.size() - filled_, MSG_DONTWAIT);
  if (count == 0) throw std::runtime_error("the server closed a connection");
  if (count < 0) return false;
  filled_ += static_cast<std::size_t>(count);
  if (!parse(answer)) return false;
  answer.took_ns = now_ns() - asked_ns_;
  return true;
}

bool client::parse(reply& answer) {
  const std::string_view bytes(in_.data(), filled_);
  if (head_size_ == 0) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == bytes.npos) return false;
    head_size_ = end + 4;
    body_size_ = 0;
    constexpr std::string_view name = "\r\nContent-Length: ";
    const auto at = bytes.substr(0, end).find(name);
    if (at != bytes.npos)
      std::from_chars(bytes.data() + at + name.size(), bytes.data() + end, body_size_);
  }
  if (filled_ < head_size_ + body_size_) return false;
  if (filled_ > head_size_ + body_size_ || !bytes.starts_with("HTTP/1.1 "))
    throw std::runtime_error("an answer is not HTTP/1.1 with a Content-Length");
  std::from_chars(bytes.data() + 9, bytes.data() + 12, answer.status);
  answer.head = bytes.substr(0, head_size_);
  answer.body = bytes.substr(head_size_, body_size_);
  return true;
}

/// All connections of a run, and the clock that says what counts.
class load_run {
 public:
  load_run(const std::vector<endpoint>& to, const load_plan& plan, const script& what)
      : script_(what), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    clients_.reserve(plan.connections);
    for (std::size_t i = 0; i < plan.connections; ++i) {
      clients_.emplace_back(connect_to(to[i % to.size()]));
      epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, clients_.back().socket(), &event);
    }
    timed_ = plan.measured_s > 0;
    begin_ns_ = now_ns() + static_cast<std::int64_t>(plan.warm_up_s * 1e9);
    end_ns_ = begin_ns_ + static_cast<std::int64_t>(plan.measured_s * 1e9);
  }
  ~load_run() { ::close(epoll_); }

  load_outcome run();

 private:
  void ask(std::size_t which);
  void take(std::size_t which);
  void look_for_silence() const;

  const script& script_;
  int epoll_;
  std::vector<client> clients_;
  std::size_t waiting_ = 0;
  bool timed_ = false;
  std::int64_t begin_ns_ = 0, end_ns_ = 0;
  load_outcome outcome_;
};

void load_run::ask(std::size_t which) {
  auto& one = clients_[which];
  one.out.clear();
  if (!script_.ask(which, one.out)) return;
  one.send_now();
  ++waiting_;
}

void load_run::take(std::size_t which) {
  reply answer;
  auto& one = clients_[which];
  if (!one.receive(answer)) return;
  if (answer.status == 503) {
    ++outcome_.repeats;
    if (answer.took_ns > patience_ns) throw std::runtime_error("the server answers 503 only");
    one.send_again();
    return;
  }
  one.stop_waiting();
  --waiting_;
  ++outcome_.all_answers;
  const auto now = now_ns();
  if (now >= begin_ns_ && (!timed_ || now < end_ns_)) {
    ++outcome_.answers;
    outcome_.latency.record(answer.took_ns);
  }
  script_.take(which, answer);
  if (!timed_ || now < end_ns_) ask(which);
}

void load_run::look_for_silence() const {
  const auto now = now_ns();
  for (const auto& one : clients_)
    if (one.waiting() && now - one.asked_ns() > patience_ns)
      throw std::runtime_error("the server left a request without an answer");
}

load_outcome load_run::run() {
  std::array<epoll_event, 256> events;
  for (std::size_t i = 0; i < clients_.size(); ++i) ask(i);
  while (waiting_ > 0) {
    const int count = ::epoll_wait(epoll_, events.data(), events.size(), 1000);
    for (int i = 0; i < count; ++i) take(events[static_cast<std::size_t>(i)].data.u64);
    if (count <= 0) look_for_silence();
  }
  outcome_.seconds = static_cast<double>((timed_ ? end_ns_ : now_ns()) - begin_ns_) / 1e9;
  return outcome_;
}

}  // namespace

load_outcome run_load(const endpoint& to, const load_plan& plan, const script& what) {
  return run_load(std::vector{to}, plan, what);
}

load_outcome run_load(const std::vector<endpoint>& to, const load_plan& plan, const script& what) {
  return load_run(to, plan, what).run();
}

}  // namespace resalehub::bench
