#pragma once
/// One TLS session of the server's side over a non-blocking socket that somebody else owns and
/// waits on. Confined to its loop.

#include <cstddef>
#include <memory>

struct ssl_st;
struct ssl_ctx_st;

namespace resalehub {

enum class tls_step : unsigned char { done, wants_read, wants_write, ended, failed };

class tls_channel {
 public:
  tls_channel(ssl_ctx_st* settings, int socket);
  ~tls_channel();
  tls_channel(const tls_channel&) = delete;
  tls_channel& operator=(const tls_channel&) = delete;

  tls_step shake_hands();
  /// `count` is what was read or taken when done, else 0. What was not taken is offered again, the
  /// same bytes in front.
  tls_step read(void* bytes, std::size_t room, std::size_t& count);
  tls_step write(const void* bytes, std::size_t size, std::size_t& count);
  /// Something can be read without waiting for the socket.
  bool holds_bytes() const;
  void say_goodbye();

 private:
  tls_step step_of(int outcome);

  struct freed {
    void operator()(ssl_st* session) const;
  };
  std::unique_ptr<ssl_st, freed> session_;
  bool broken_ = false;  ///< nothing may be said any more
};

}  // namespace resalehub
