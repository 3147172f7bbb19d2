#include "ctl_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace resalehub {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr std::size_t answer_bytes_max = 64u << 20;

/// One exchange on a connection of its own: each step begins the next, the first error ends all.
class exchange_of_one {
 public:
  exchange_of_one(const ctl_way& way, const ctl_request& request)
      : patience_(way.patience), stream_(loop_) {
    out_.method_string(request.method);
    out_.target(request.target);
    out_.version(11);
    out_.set(http::field::host, way.address);
    out_.set(http::field::connection, "close");
    out_.set(http::field::accept, "application/json");
    if (!way.token.empty()) out_.set(http::field::authorization, "Bearer " + way.token);
    if (request.body.empty()) return;
    out_.set(http::field::content_type, "application/json");
    out_.body() = request.body;
    out_.prepare_payload();
  }

  error_code run(const std::string& host, const std::string& port) {
    tcp::resolver resolver{loop_};
    const auto found = resolver.resolve(host, port, error_);
    if (error_) return error_;
    stream_.expires_after(patience_);
    stream_.async_connect(found, [this](error_code error, const tcp::endpoint&) {
      if (!(error_ = error)) send();
    });
    loop_.run();
    return error_;
  }

  ctl_answer answer() const {
    return {static_cast<int>(in_.get().result_int()), in_.get().body()};
  }

 private:
  void send() {
    http::async_write(stream_, out_, [this](error_code error, std::size_t) {
      if (!(error_ = error)) receive();
    });
  }
  void receive() {
    in_.body_limit(answer_bytes_max);
    http::async_read(stream_, buffer_, in_,
                     [this](error_code error, std::size_t) { error_ = error; });
  }

  milliseconds patience_;
  asio::io_context loop_;
  beast::tcp_stream stream_;
  http::request<http::string_body> out_;
  http::response_parser<http::string_body> in_;
  beast::flat_buffer buffer_;
  error_code error_;
};

}  // namespace

result<ctl_answer> call_node(const ctl_way& way, const ctl_request& request) {
  const auto colon = way.address.rfind(':');
  if (colon == std::string::npos || colon + 1 == way.address.size() || colon == 0)
    return problem{code::malformed_request, "\"" + way.address + "\" is not ADDRESS:PORT"};
  auto host = way.address.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  exchange_of_one exchange{way, request};
  const auto error = exchange.run(host, way.address.substr(colon + 1));
  if (error)
    return problem{code::shard_unavailable,
                   "no answer from " + way.address + ": " + error.message()};
  return exchange.answer();
}

}  // namespace resalehub
