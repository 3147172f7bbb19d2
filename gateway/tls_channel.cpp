#include "gateway/tls_channel.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/check.hpp"

namespace resalehub {
namespace {

// OpenSSL's own socket BIO would raise SIGPIPE.

int send_bytes(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const auto socket = static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
  const auto count = ::send(socket, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(count);
}

int receive_bytes(BIO* bio, char* bytes, int room) {
  BIO_clear_retry_flags(bio);
  const auto socket = static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
  const auto count = ::recv(socket, bytes, static_cast<std::size_t>(room), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  return static_cast<int>(count);
}

long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

/// Made once, for the life of the program.
BIO_METHOD* socket_method() {
  static BIO_METHOD* const method = [] {
    auto* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    BIO_meth_set_write(made, send_bytes);
    BIO_meth_set_read(made, receive_bytes);
    BIO_meth_set_ctrl(made, control);
    return made;
  }();
  return method;
}

}  // namespace

void tls_channel::freed::operator()(ssl_st* session) const { SSL_free(session); }

tls_channel::tls_channel(ssl_ctx_st* settings, int socket) : session_(SSL_new(settings)) {
  auto* bio = BIO_new(socket_method());
  check(session_ != nullptr && bio != nullptr, "a TLS session can be made");
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  BIO_set_init(bio, 1);
  SSL_set_bio(session_.get(), bio, bio);
  SSL_set_accept_state(session_.get());
}

tls_channel::~tls_channel() = default;

tls_step tls_channel::step_of(int outcome) {
  switch (SSL_get_error(session_.get(), outcome)) {
    case SSL_ERROR_NONE: return tls_step::done;
    case SSL_ERROR_WANT_READ: return tls_step::wants_read;
    case SSL_ERROR_WANT_WRITE: return tls_step::wants_write;
    case SSL_ERROR_ZERO_RETURN: return tls_step::ended;
    default: break;
  }
  broken_ = true;
  return tls_step::failed;
}

tls_step tls_channel::shake_hands() {
  ERR_clear_error();
  return step_of(SSL_do_handshake(session_.get()));
}

tls_step tls_channel::read(void* bytes, std::size_t room, std::size_t& count) {
  ERR_clear_error();
  count = 0;
  return step_of(SSL_read_ex(session_.get(), bytes, room, &count));
}

tls_step tls_channel::write(const void* bytes, std::size_t size, std::size_t& count) {
  ERR_clear_error();
  count = 0;
  if (size == 0) return tls_step::done;
  return step_of(SSL_write_ex(session_.get(), bytes, size, &count));
}

bool tls_channel::holds_bytes() const { return SSL_pending(session_.get()) > 0; }

void tls_channel::say_goodbye() {
  if (broken_ || SSL_in_init(session_.get())) return;
  ERR_clear_error();
  SSL_shutdown(session_.get());
}

}  // namespace resalehub
