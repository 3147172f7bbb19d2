#include "cluster/tls_link_loop.hpp"

#include <netinet/tcp.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.hpp"
#include "base/message_pack.hpp"
#include "base/thread_name.hpp"

namespace resalehub {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// What the kernel may hold unsent of one connection: more would stand before what is urgent.
constexpr int unsent_bytes_max = 128 * 1024;

}  // namespace

// -- life ---

link_loop::link_loop(link_options options, link_identity identity, link_ports ports)
    : options_(std::move(options)),
      identity_(std::move(identity)),
      ports_(ports),
      keys_({options_.certificate, options_.key, options_.authority}, identity_.name),
      guard_(io_.get_executor()),
      acceptor_(io_),
      pause_(io_),
      sweep_timer_(io_) {}

link_loop::~link_loop() { stop(); }

result<done> link_loop::open() {
  auto opened = keys_.open();
  if (opened && !keys_.keys())
    log_event(log_level::warning, "links_without_certificates",
              {{"detail", "Only loopback addresses are linked."}});
  files_due_us_ = now_us() + options_.files_check_ms * 1000;
  return opened;
}

result<std::uint16_t> link_loop::listen(const std::string& address, std::uint16_t port) {
  error_code error;
  const auto parsed = asio::ip::make_address(address, error);
  if (!error && !keys_.keys() && !parsed.is_loopback())
    return problem{code::internal,
                   "Links without certificates are for loopback addresses only: set "
                   "links.certificate, links.key and links.authority, or listen on 127.0.0.1."};
  const tcp::endpoint endpoint(parsed, port);
  if (!error) acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
  if (error)
    return problem{code::internal, "Cannot listen for links on " + address + " port " +
                                       std::to_string(port) + ": " + error.message() + "."};
  const auto bound = acceptor_.local_endpoint().port();
  asio::co_spawn(io_, accept_all(), asio::detached);
  return bound;
}

void link_loop::start(link_listener& listener) {
  check(!thread_.joinable(), "links start once");
  listener_ = &listener;
  post([this] {
    swept_us_ = now_us();
    await_sweep();
  });
  thread_ = std::thread([this] {
    name_thread("links");
    io_.run();
  });
}

void link_loop::stop() {
  io_.stop();
  if (!thread_.joinable()) return;
  thread_.join();
  for (auto& [node, one] : peers_) one.lanes->close();
  peers_.clear();
  greeting_.clear();
  figures_.connected = figures_.half_open = 0;
}

void link_loop::post(std::function<void()> work) { asio::post(io_, std::move(work)); }

bool link_loop::send(node_number to, lane way, std::string message) {
  const bool fits = message.size() + message_head_bytes <= options_.lanes.frame_bytes;
  if (!fits)
    log_event(log_level::error, "link_message_too_large",
              {{"node", to}, {"bytes", message.size()}});
  auto* lanes = lanes_.find(to);
  if (fits && lanes != nullptr && lanes->push(way, std::move(message))) return true;
  figures_.sends_refused.fetch_add(1, std::memory_order_relaxed);
  return false;
}

// -- who there is ---

link_loop::peer_link* link_loop::find(node_number node) {
  const auto found = peers_.find(node);
  return found == peers_.end() ? nullptr : &found->second;
}

void link_loop::know(std::vector<peer> peers) {
  std::map<node_number, peer_link> kept;
  for (auto& who : peers) {
    if (who.node == 0 || who.node == identity_.node) continue;
    auto known = peers_.extract(who.node);
    peer_link one = known.empty() ? peer_link{} : std::move(known.mapped());
    if (one.who != who) {
      if (one.carries) detach(one, link_fault::unwanted);
      one.attempts = 0;
      one.dial_at_us = 0;
    }
    one.who = std::move(who);
    if (one.lanes == nullptr) one.lanes = lanes_.find(one.who.node);
    if (one.lanes == nullptr) {
      const auto node = one.who.node;
      auto wake = [this, node] {
        post([this, node] {
          if (auto* found = find(node); found != nullptr && found->carries) found->carries->wake();
        });
      };
      one.lanes = &lanes_.add(node, std::make_unique<link_lanes>(options_.lanes, std::move(wake)));
    }
    kept.insert_or_assign(one.who.node, std::move(one));
  }
  for (auto& [node, one] : peers_)
    if (one.carries) detach(one, link_fault::unwanted);
  peers_ = std::move(kept);
  sweep();
}

void link_loop::settle(std::string cluster, node_number node) {
  check(identity_.node == 0 || identity_.node == node, "a node has one number for ever");
  identity_.cluster = std::move(cluster);
  identity_.node = node;
  if (auto* self = find(node)) {
    if (self->carries) detach(*self, link_fault::unwanted);
    peers_.erase(node);
  }
  sweep();
}

// -- who is connected ---

link_loop::connection link_loop::make_connection(link_socket socket,
                                                 link_connection::origin from) {
  auto stream = make_link_stream(std::move(socket), keys_.keys(), ports_.clock);
  auto made = std::make_shared<link_connection>(std::move(stream), std::move(from), ports_.clock,
                                                figures_);
  made->deadline_us = now_us() + options_.handshake_ms * 1000;
  greeting_.push_back(made);
  figures_.half_open.store(greeting_.size(), std::memory_order_relaxed);
  return made;
}

/// Ends a connection that carries nothing; refusals are told.
void link_loop::dismiss(const connection& gone, link_fault why) {
  why = gone->reason(why);
  if (why != link_fault::none)
    figures_.faults[static_cast<std::size_t>(why)].fetch_add(1, std::memory_order_relaxed);
  gone->cut(why);
  greeting_.remove(gone);
  figures_.half_open.store(greeting_.size(), std::memory_order_relaxed);
  if (why == link_fault::none) return;
  const bool usual = why == link_fault::unreachable || why == link_fault::lost;
  log_event(usual ? log_level::debug : log_level::warning, "link_refused",
            {{"why", name_of(why)}, {"address", gone->address()}, {"name", gone->name}});
}

/// False when the peer is none any more.
bool link_loop::attach(const connection& made) {
  auto* to = find(made->node);
  if (to == nullptr || to->who.name != made->name ||
      made->incarnation < to->last_incarnation || made->ended_by() != link_fault::none)
    return false;
  if (to->carries) detach(*to, link_fault::replaced);
  greeting_.remove(made);
  figures_.half_open.store(greeting_.size(), std::memory_order_relaxed);
  to->carries = made;
  to->last_incarnation = made->incarnation;
  to->attempts = 0;
  to->lanes->open();
  made->stream().allow(options_.lanes.frame_bytes);
  figures_.connected.fetch_add(1, std::memory_order_relaxed);
  figures_.connections.fetch_add(1, std::memory_order_relaxed);
  log_event(log_level::info, "link_connected", {{"node", made->node}, {"name", made->name}});
  listener_->connected(made->node, made->incarnation);
  made->carry(*to->lanes);
  return true;
}

void link_loop::detach(peer_link& from, link_fault why) {
  const auto gone = std::exchange(from.carries, nullptr);
  gone->cut(why);
  from.lanes->close();
  plan_dial(from);
  figures_.connected.fetch_sub(1, std::memory_order_relaxed);
  figures_.faults[static_cast<std::size_t>(why)].fetch_add(1, std::memory_order_relaxed);
  log_event(log_level::warning, "link_ended",
            {{"node", gone->node}, {"name", gone->name}, {"why", name_of(why)}});
  listener_->disconnected(gone->node);
}

link_task<void> link_loop::read_all(connection from) {
  auto fault = link_fault::none;
  while (fault == link_fault::none) {
    fault = co_await from->stream().read();
    if (from->ended_by() != link_fault::none) break;
    if (fault == link_fault::none) fault = deliver(*from);
  }
  auto* to = find(from->node);
  if (to != nullptr && to->carries == from) detach(*to, fault);
}

/// Hands a frame's messages to the listener.
link_fault link_loop::deliver(link_connection& from) {
  auto frame = from.stream().frame();
  figures_.frames_received.fetch_add(1, std::memory_order_relaxed);
  figures_.bytes_received.fetch_add(frame.size(), std::memory_order_relaxed);
  std::string_view message;
  while (take_message(frame, message)) {
    figures_.messages_received.fetch_add(1, std::memory_order_relaxed);
    listener_->arrived(from.node, from.incarnation, std::string(message));
  }
  return frame.empty() ? link_fault::none : link_fault::malformed;
}

/// What a fresh socket needs, and whether its two ends may be linked at all.
link_fault link_loop::prepare(link_socket& socket) {
  error_code error;
  socket.set_option(tcp::no_delay(true), error);
  using unsent_bytes = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>;
  if (!error) socket.set_option(unsent_bytes(unsent_bytes_max), error);
  const auto here = error ? tcp::endpoint{} : socket.local_endpoint(error);
  const auto there = error ? tcp::endpoint{} : socket.remote_endpoint(error);
  if (error) return link_fault::lost;
  const bool loopback = here.address().is_loopback() && there.address().is_loopback();
  return keys_.keys() || loopback ? link_fault::none : link_fault::not_loopback;
}

link_hello link_loop::our_hello(link_fault refused) const {
  link_hello hello;
  hello.version = link_version;
  hello.cluster = identity_.cluster;
  hello.node = identity_.node;
  hello.name = identity_.name;
  hello.incarnation = identity_.incarnation;
  if (refused != link_fault::none) hello.refused = sentence_of(refused);
  return hello;
}

// -- time ---

void link_loop::await_sweep() {
  const auto every_ms = std::clamp<std::int64_t>(options_.heartbeat_ms / 4, 5, 50);
  sweep_timer_.expires_after(std::chrono::milliseconds{every_ms});
  sweep_timer_.async_wait([this](error_code error) {
    if (error) return;
    sweep();
    await_sweep();
  });
}

void link_loop::sweep() {
  const auto now = now_us();
  // A pause of our own says nothing about the others.
  const auto paused_us = now - swept_us_ - options_.dead_ms * 500;
  swept_us_ = now;
  for (const auto& one : greeting_)
    if (now >= one->deadline_us) one->cut(link_fault::late);
  for (auto& [node, one] : peers_) {
    if (one.carries && paused_us > 0) one.carries->stream().forgive(paused_us);
    sweep_peer(one, now);
  }
  if (now < files_due_us_) return;
  files_due_us_ = now + options_.files_check_ms * 1000;
  keys_.reload_when_changed(figures_);
}

void link_loop::sweep_peer(peer_link& one, std::int64_t now) {
  if (!one.carries) {
    const bool ours = identity_.node > one.who.node && !one.dialing;
    if (ours && now >= one.dial_at_us) start_dial(one);
    return;
  }
  if (now - one.carries->stream().heard_us() > options_.dead_ms * 1000)
    detach(one, link_fault::silent);
  else if (now - one.carries->written_us() >= options_.heartbeat_ms * 1000)
    one.carries->beat();
}

}  // namespace resalehub
