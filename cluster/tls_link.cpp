#include "cluster/tls_link.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "cluster/tls_link_loop.hpp"

namespace resalehub {

result<std::unique_ptr<tls_links>> tls_links::make(link_options options, link_identity identity,
                                                   link_ports ports) {
  auto loop = std::make_shared<link_loop>(std::move(options), std::move(identity), ports);
  if (auto opened = loop->open(); !opened) return std::move(opened).problem();
  return std::unique_ptr<tls_links>(new tls_links(std::move(loop)));
}

tls_links::tls_links(std::shared_ptr<link_loop> loop) : loop_(std::move(loop)) {}

tls_links::~tls_links() { stop(); }

result<std::uint16_t> tls_links::listen(const std::string& address, std::uint16_t port) {
  return loop_->listen(address, port);
}

void tls_links::start(link_listener& listener) { loop_->start(listener); }
void tls_links::stop() { loop_->stop(); }

void tls_links::know(std::vector<peer> peers) {
  loop_->post([loop = loop_.get(), peers = std::move(peers)]() mutable {
    loop->know(std::move(peers));
  });
}

bool tls_links::send(node_number to, lane way, std::string message) {
  return loop_->send(to, way, std::move(message));
}

void tls_links::settle(std::string cluster, node_number node) {
  loop_->post([loop = loop_.get(), cluster = std::move(cluster), node]() mutable {
    loop->settle(std::move(cluster), node);
  });
}

void tls_links::introduce(std::vector<std::string> addresses, std::string request,
                          introduction answered) {
  auto asking = loop_->introduce(std::move(addresses), std::move(request), std::move(answered));
  boost::asio::co_spawn(loop_->executor(), std::move(asking), boost::asio::detached);
}

void tls_links::reload() {
  loop_->post([loop = loop_.get()] { loop->reload(); });
}

const link_figures& tls_links::figures() const { return loop_->figures(); }

}  // namespace resalehub
