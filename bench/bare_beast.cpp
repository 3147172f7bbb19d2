// The ceiling of `reads`: one thread, one loop, Beast's own reading and writing, and the very bytes
// that the server under measurement answered. bare_beast PORT FILE

#include <boost/asio/impl/src.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/src.hpp>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using executor = asio::io_context::executor_type;
using socket_type = asio::basic_stream_socket<asio::ip::tcp, executor>;
using acceptor_type = asio::basic_socket_acceptor<asio::ip::tcp, executor>;
using answer_type = http::response<http::string_body>;

class session : public std::enable_shared_from_this<session> {
 public:
  session(socket_type socket, const answer_type& answer)
      : socket_(std::move(socket)), answer_(answer) {}

  void read() {
    request_ = {};
    http::async_read(socket_, buffer_, request_,
                     [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                       if (!error) self->write();
                     });
  }

 private:
  void write() {
    http::async_write(socket_, answer_,
                      [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                        if (!error) self->read();
                      });
  }

  socket_type socket_;
  const answer_type& answer_;
  boost::beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
};

void accept(acceptor_type& at, const answer_type& answer) {
  at.async_accept([&](boost::system::error_code error, socket_type socket) {
    if (error) return;
    socket.set_option(asio::ip::tcp::no_delay(true));
    std::make_shared<session>(std::move(socket), answer)->read();
    accept(at, answer);
  });
}

answer_type read_answer(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  http::response_parser<http::string_body> parser;
  parser.eager(true);
  boost::system::error_code error;
  parser.put(asio::buffer(bytes), error);
  return parser.release();
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) return 2;
  const auto answer = read_answer(words[2]);
  if (answer.body().empty()) return 2;
  asio::io_context loop{1};
  const auto port = static_cast<std::uint16_t>(std::stoi(words[1]));
  acceptor_type acceptor(loop, {asio::ip::address_v4::loopback(), port});
  accept(acceptor, answer);
  loop.run();
}
