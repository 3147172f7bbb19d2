#pragma once
/// The links' loop: who is connected, who is dialed, who knocks. One thread runs it; what is for
/// any thread says so. Included by tls_link*.cpp only.

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <map>
#include <thread>

#include "cluster/tls_link.hpp"
#include "cluster/tls_link_connection.hpp"

namespace resalehub {

class link_loop : public std::enable_shared_from_this<link_loop> {
 public:
  link_loop(link_options options, link_identity identity, link_ports ports);
  ~link_loop();

  result<done> open();
  result<std::uint16_t> listen(const std::string& address, std::uint16_t port);
  void start(link_listener& listener);
  void stop();

  // -- any thread ---
  void post(std::function<void()> work);
  bool send(node_number to, lane way, std::string message);
  const link_figures& figures() const { return figures_; }

  // -- the loop's ---
  void know(std::vector<peer> peers);
  void settle(std::string cluster, node_number node);
  void reload() { keys_.reload(figures_); }
  link_task<void> introduce(std::vector<std::string> addresses, std::string request,
                            tls_links::introduction answered);
  link_executor executor() { return io_.get_executor(); }

 private:
  using connection = std::shared_ptr<link_connection>;
  using tcp = boost::asio::ip::tcp;
  using timer = boost::asio::basic_waitable_timer<
      std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
      link_executor>;

  struct peer_link {
    peer who;
    link_lanes* lanes = nullptr;
    connection carries;  ///< null while there is none
    std::uint64_t last_incarnation = 0;
    std::int64_t dial_at_us = 0;
    int attempts = 0;
    bool dialing = false;
  };

  // -- who knocks ---
  link_task<void> accept_all();
  std::chrono::microseconds wait_for_turn();
  void turn_away_oldest();
  link_task<void> welcome(connection from);
  link_task<link_fault> hear_dialer(connection from, link_hello& hello);
  link_task<link_fault> hear_introduction(connection from);
  void answer_introduction(const connection& from, std::string reply);
  link_task<void> write_reply(connection from, std::string frame);

  // -- who is dialed ---
  void start_dial(peer_link& to);
  link_task<void> dial(node_number node, std::string address);
  link_task<std::vector<tcp::endpoint>> resolve(std::string address);
  link_task<link_fault> reach(connection to, std::string address);
  link_task<link_fault> greet(connection to, const peer* expected);
  link_task<result<std::string>> ask_introduction(std::string address, std::string frame);
  void plan_dial(peer_link& to);

  // -- who is connected ---
  connection make_connection(link_socket socket, link_connection::origin from);
  void dismiss(const connection& gone, link_fault why);
  bool attach(const connection& made);
  void detach(peer_link& from, link_fault why);
  link_task<void> read_all(connection from);
  link_fault deliver(link_connection& from);
  link_fault prepare(link_socket& socket);
  link_hello our_hello(link_fault refused) const;
  peer_link* find(node_number node);

  // -- time ---
  void await_sweep();
  void sweep();
  void sweep_peer(peer_link& one, std::int64_t now_us);
  std::int64_t now_us() const { return ports_.clock.monotonic_us(); }

  boost::asio::io_context io_{1};  // first: what its handlers hold goes with it, last
  link_options options_;
  link_identity identity_;
  link_ports ports_;
  link_figures figures_;
  key_ring keys_;
  link_listener* listener_ = nullptr;
  boost::asio::executor_work_guard<link_executor> guard_;
  boost::asio::basic_socket_acceptor<tcp, link_executor> acceptor_;
  timer pause_;
  timer sweep_timer_;
  lane_table lanes_;
  std::map<node_number, peer_link> peers_;
  std::list<connection> greeting_;  ///< that carry nothing yet, the oldest first
  std::int64_t second_ends_us_ = 0;
  std::int64_t accepted_in_second_ = 0;
  std::int64_t swept_us_ = 0;
  std::int64_t files_due_us_ = 0;
  std::thread thread_;
};

}  // namespace resalehub
