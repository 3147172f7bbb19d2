// The links' loop: who knocks and who is dialed, until their hellos are exchanged.

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/log.hpp"
#include "base/message_pack.hpp"
#include "cluster/tls_link_loop.hpp"

namespace resalehub {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp_resolver = asio::ip::basic_resolver<asio::ip::tcp, link_executor>;

constexpr asio::as_tuple_t<asio::use_awaitable_t<link_executor>> as_error{};
constexpr std::chrono::milliseconds out_of_files_pause{100};

std::string shown(const asio::ip::tcp::endpoint& endpoint) {
  return endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
}

/// `host:port`, or `[address]:port`.
bool split_address(const std::string& text, std::string& host, std::string& port) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  host = text.substr(0, colon);
  port = text.substr(colon + 1);
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return !host.empty() && !port.empty();
}

}  // namespace

// -- who knocks ---

link_task<void> link_loop::accept_all() {
  while (acceptor_.is_open()) {
    if (const auto wait = wait_for_turn(); wait.count() > 0) {
      pause_.expires_after(wait);
      co_await pause_.async_wait(as_error);
      continue;
    }
    auto [error, socket] = co_await acceptor_.async_accept(as_error);
    if (error) {
      pause_.expires_after(out_of_files_pause);
      co_await pause_.async_wait(as_error);
      continue;
    }
    figures_.accepted.fetch_add(1, std::memory_order_relaxed);
    turn_away_oldest();
    error_code gone;
    const auto from = socket.remote_endpoint(gone);
    if (gone) continue;
    link_connection::origin origin{link_role::accepts, shown(from)};
    auto made = make_connection(std::move(socket), std::move(origin));
    asio::co_spawn(io_, welcome(std::move(made)), asio::detached);
  }
}

/// How long until another connection may be accepted: a flood's handshakes leave time to those who
/// are linked.
std::chrono::microseconds link_loop::wait_for_turn() {
  const auto now = now_us();
  if (now >= second_ends_us_) {
    second_ends_us_ = now + 1'000'000;
    accepted_in_second_ = 0;
  }
  const bool full = accepted_in_second_ >= options_.accepts_per_s_max;
  if (!full) ++accepted_in_second_;
  return std::chrono::microseconds{full ? second_ends_us_ - now : 0};
}

/// The newest may be a peer; who has waited longest most likely is none.
void link_loop::turn_away_oldest() {
  const auto greets = [](const connection& one) {
    return one->knocked() && one->state == link_connection::phase::greeting &&
           one->ended_by() == link_fault::none;
  };
  const auto count = std::count_if(greeting_.begin(), greeting_.end(), greets);
  if (static_cast<std::size_t>(count) < options_.half_open_max) return;
  (*std::find_if(greeting_.begin(), greeting_.end(), greets))->cut(link_fault::crowded);
}

link_task<void> link_loop::welcome(connection from) {
  link_hello hello;
  auto fault = co_await hear_dialer(from, hello);
  const bool carries = fault == link_fault::none && hello.node != 0;
  if (carries && attach(from)) {
    co_await read_all(from);
    co_return;
  }
  if (carries) fault = link_fault::unknown_node;
  if (fault == link_fault::none) fault = co_await hear_introduction(from);
  if (fault != link_fault::none) dismiss(from, fault);
}

link_task<link_fault> link_loop::hear_dialer(connection from, link_hello& hello) {
  auto fault = prepare(from->stream().socket());
  if (fault != link_fault::none) co_return fault;
  fault = co_await from->stream().shake_hands(link_role::accepts);
  if (fault != link_fault::none) co_return fault;
  fault = co_await from->stream().read();
  if (fault != link_fault::none) co_return fault;
  if (!unpack(from->stream().frame(), hello)) co_return link_fault::malformed;
  from->name = hello.name;
  from->node = hello.node;
  from->incarnation = hello.incarnation;
  const auto certified = from->stream().certified();
  const auto* known = find(hello.node);
  link_expectation expected{identity_, certified, keys_.keys() != nullptr};
  if (known != nullptr) {
    expected.known = &known->who;
    expected.last_incarnation = known->last_incarnation;
  }
  fault = judge_dialer(hello, expected);
  const auto ours = packed(our_hello(fault));
  auto written = co_await from->write(ours);
  co_return fault == link_fault::none ? written : fault;
}

/// The joiner's request; the connection then waits for the listener's reply.
link_task<link_fault> link_loop::hear_introduction(connection from) {
  const auto introducing = std::count_if(
      greeting_.begin(), greeting_.end(), [](const connection& one) {
        return one->knocked() && one->state == link_connection::phase::introducing;
      });
  if (static_cast<std::size_t>(introducing) >= options_.introductions_max)
    co_return link_fault::crowded;
  from->state = link_connection::phase::introducing;
  from->deadline_us = now_us() + options_.introduction_ms * 1000;
  from->stream().allow(options_.lanes.frame_bytes);
  auto fault = co_await from->stream().read();
  if (fault != link_fault::none) co_return fault;
  auto frame = from->stream().frame();
  std::string_view request;
  if (!take_message(frame, request) || !frame.empty()) co_return link_fault::malformed;
  auto reply = [here = weak_from_this(), to = std::weak_ptr(from)](std::string text) {
    const auto loop = here.lock();
    if (!loop) return;
    auto* raw = loop.get();
    loop->post([raw, to, text = std::move(text)]() mutable {
      if (const auto waits = to.lock()) raw->answer_introduction(waits, std::move(text));
    });
  };
  listener_->introduced(from->name, std::string(request), std::move(reply));
  co_return link_fault::none;
}

void link_loop::answer_introduction(const connection& from, std::string reply) {
  if (from->ended_by() != link_fault::none) return;
  std::string frame;
  append_message(frame, reply);
  asio::co_spawn(io_, write_reply(from, std::move(frame)), asio::detached);
}

link_task<void> link_loop::write_reply(connection from, std::string frame) {
  auto fault = co_await from->write(frame);
  dismiss(from, fault);
}

// -- who is dialed ---

/// The next attempt: later after each failure, and by chance, so that not all knock at once.
void link_loop::plan_dial(peer_link& to) {
  const auto shift = std::min(to.attempts, 16);
  const auto most = std::min(options_.retry_ms_max, options_.retry_ms_min << shift) * 1000;
  const auto by_chance = ports_.chance.next() % static_cast<std::uint64_t>(most / 2 + 1);
  to.dial_at_us = now_us() + most / 2 + static_cast<std::int64_t>(by_chance);
}

void link_loop::start_dial(peer_link& to) {
  to.dialing = true;
  asio::co_spawn(io_, dial(to.who.node, to.who.address), asio::detached);
}

link_task<void> link_loop::dial(node_number node, std::string address) {
  link_connection::origin origin{link_role::dials, address};
  auto made = make_connection(link_socket(io_), std::move(origin));
  auto fault = co_await reach(made, address);
  const auto* expected = find(node);
  if (fault == link_fault::none && expected == nullptr) fault = link_fault::unwanted;
  if (fault == link_fault::none) {
    const peer who = expected->who;
    fault = co_await greet(made, &who);
  }
  auto* to = find(node);
  if (to != nullptr) to->dialing = false;
  if (fault == link_fault::none && attach(made)) {
    co_await read_all(made);
    co_return;
  }
  if (to != nullptr) {
    if (fault == link_fault::unreachable && to->attempts == 0)  // the later ones are no news
      log_event(log_level::info, "link_unreachable", {{"node", node}, {"address", address}});
    ++to->attempts;
    plan_dial(*to);
  }
  dismiss(made, fault == link_fault::none ? link_fault::unwanted : fault);
}

/// None when there is no such host.
link_task<std::vector<asio::ip::tcp::endpoint>> link_loop::resolve(std::string address) {
  std::vector<tcp::endpoint> endpoints;
  std::string host, port;
  if (!split_address(address, host, port)) co_return endpoints;
  error_code named;
  const auto number = asio::ip::make_address(host, named);
  if (!named) {  // no name server stands between nodes that are numbers
    endpoints.emplace_back(number, static_cast<std::uint16_t>(std::atoi(port.c_str())));
    co_return endpoints;
  }
  tcp_resolver resolver(io_);
  auto [unknown, found] = co_await resolver.async_resolve(host, port, as_error);
  for (const auto& entry : found) endpoints.push_back(entry.endpoint());
  co_return endpoints;
}

/// Until the hands are shaken.
link_task<link_fault> link_loop::reach(connection to, std::string address) {
  auto endpoints = co_await resolve(address);
  auto& socket = to->stream().socket();
  error_code error = asio::error::host_not_found;
  for (const auto& endpoint : endpoints) {
    if (to->ended_by() != link_fault::none) co_return link_fault::late;
    error_code ignored;
    socket.close(ignored);
    auto [failed] = co_await socket.async_connect(endpoint, as_error);
    error = failed;
    if (!error) break;
  }
  if (error || to->ended_by() != link_fault::none) co_return link_fault::unreachable;
  auto fault = prepare(socket);
  if (fault == link_fault::none) fault = co_await to->stream().shake_hands(link_role::dials);
  co_return fault;
}

/// Hellos, both ways. `expected` null: anybody, for an introduction.
link_task<link_fault> link_loop::greet(connection to, const peer* expected) {
  auto said = our_hello(link_fault::none);
  if (expected == nullptr) said.node = 0;  // a node that has a number may ask whether it still does
  const auto ours = packed(said);
  auto fault = co_await to->write(ours);
  if (fault != link_fault::none) co_return fault;
  fault = co_await to->stream().read();
  if (fault != link_fault::none) co_return fault;
  link_hello hello;
  if (!unpack(to->stream().frame(), hello)) co_return link_fault::malformed;
  to->name = hello.name;
  to->node = hello.node;
  to->incarnation = hello.incarnation;
  const bool foreign = !hello.cluster.empty() && !identity_.cluster.empty() &&
                       hello.cluster != identity_.cluster;
  if (expected == nullptr && foreign) co_return link_fault::other_cluster;
  if (!hello.refused.empty()) {
    log_event(log_level::warning, "link_refused_by_peer",
              {{"address", to->address()}, {"detail", hello.refused}});
    to->refusal = std::move(hello.refused);
    co_return link_fault::refused_by_peer;
  }
  const auto certified = to->stream().certified();
  const auto* known = expected == nullptr ? nullptr : find(expected->node);
  if (expected != nullptr && known == nullptr) co_return link_fault::unwanted;
  link_expectation wanted{identity_, certified, keys_.keys() != nullptr, expected};
  if (known != nullptr) wanted.last_incarnation = known->last_incarnation;
  co_return judge_dialed(hello, wanted);
}

// -- introductions ---

link_task<void> link_loop::introduce(std::vector<std::string> addresses, std::string request,
                                     tls_links::introduction answered) {
  std::string frame;
  append_message(frame, request);
  result<std::string> answer =
      problem{code::shard_unavailable, "There is no address of a node to ask."};
  bool all_foreign = true;
  for (const auto& address : addresses) {
    auto one = co_await ask_introduction(address, frame);
    all_foreign = all_foreign && !one && one.problem().code == code::forbidden;
    // One stale address of many says nothing about this node.
    if (!one && !all_foreign) one.problem().code = code::shard_unavailable;
    answer = std::move(one);
    if (answer) break;
  }
  answered(std::move(answer));
}

link_task<result<std::string>> link_loop::ask_introduction(std::string address,
                                                           std::string frame) {
  link_connection::origin origin{link_role::dials, address};
  auto made = make_connection(link_socket(io_), std::move(origin));
  auto fault = co_await reach(made, address);
  if (fault == link_fault::none) fault = co_await greet(made, nullptr);
  if (fault == link_fault::none) {
    made->state = link_connection::phase::introducing;
    made->deadline_us = now_us() + options_.introduction_ms * 1000;
    made->stream().allow(options_.lanes.frame_bytes);
    fault = co_await made->write(frame);
  }
  if (fault == link_fault::none) fault = co_await made->stream().read();
  auto bytes = made->stream().frame();
  std::string_view reply;
  if (fault == link_fault::none && !take_message(bytes, reply)) fault = link_fault::malformed;
  if (fault == link_fault::none) {
    std::string text(reply);
    dismiss(made, link_fault::none);
    co_return text;
  }
  fault = made->reason(fault);
  dismiss(made, fault);
  if (fault == link_fault::other_cluster)
    co_return problem{code::forbidden, "The node at " + address + " belongs to another cluster."};
  auto detail = made->refusal.empty() ? "The node at " + address + " gave no answer (" +
                                            std::string(name_of(fault)) + ")."
                                      : "The node at " + address + " refused: " + made->refusal;
  co_return problem{code::shard_unavailable, std::move(detail)};
}

}  // namespace resalehub
