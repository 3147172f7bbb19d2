#pragma once
/// The TLS side of this node's links: TLS 1.3 only, certificates required of both sides, no
/// resumption, so every connection is checked anew. Loop thread, or before it starts.

#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>
#include <memory>
#include <string>

#include "base/ports.hpp"
#include "base/result.hpp"
#include "cluster/tls_link_hello.hpp"

namespace resalehub {

/// Paths of PEM files; all or none.
struct link_files {
  std::string certificate;
  std::string key;
  std::string authority;
  bool empty() const { return certificate.empty() && key.empty() && authority.empty(); }
};

using tls_keys = std::shared_ptr<boost::asio::ssl::context>;

/// A refusal's detail is a sentence for the operator: what is wrong with which file. `name` is what
/// the certificate must say.
result<tls_keys> load_keys(const link_files& files, const std::string& name);

/// Why a handshake failed.
link_fault fault_of(const boost::system::error_code& error, const ssl_st* session);

/// The keys in use, and whether their files have changed since.
class key_ring {
 public:
  key_ring(link_files files, std::string name) : files_(std::move(files)), name_(std::move(name)) {}

  result<done> open();
  const tls_keys& keys() const { return keys_; }  ///< null: links without certificates
  /// Bad files keep the old keys, and are logged.
  void reload(link_figures& figures);
  void reload_when_changed(link_figures& figures);

 private:
  std::string signature() const;

  link_files files_;
  std::string name_;
  tls_keys keys_;
  std::string seen_;  ///< times and sizes of the files that were read last
};

}  // namespace resalehub
