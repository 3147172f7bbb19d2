#pragma once
/// The certificate of a listener that serves TLS (1.2 and 1.3, HTTP/1.1 inside), read again when
/// its files change. Confined to the listener's loop; the channels it makes are free of it.

#include <memory>
#include <string>

#include "base/result.hpp"
#include "gateway/tls_channel.hpp"

namespace resalehub {

/// Paths of PEM files; both or none.
struct tls_files {
  std::string certificate;  ///< with the chain behind it
  std::string key;
  bool empty() const { return certificate.empty() && key.empty(); }
};

class tls_door {
 public:
  explicit tls_door(tls_files files) : files_(std::move(files)) {}

  /// A refusal's detail is a sentence for the operator.
  result<done> open();
  /// New connections use what the files hold now; bad files keep the old, and are logged.
  void reload();
  void reload_when_changed();

  std::unique_ptr<tls_channel> make_channel(int socket) const;

 private:
  struct freed {
    void operator()(ssl_ctx_st* settings) const;
  };
  using settings = std::unique_ptr<ssl_ctx_st, freed>;

  result<done> load();
  std::string signature() const;

  tls_files files_;
  settings settings_;
  std::string seen_;  ///< times and sizes of the files that were read last
};

}  // namespace resalehub
