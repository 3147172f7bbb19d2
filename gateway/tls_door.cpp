#include "gateway/tls_door.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <filesystem>

#include "base/check.hpp"
#include "base/log.hpp"

namespace resalehub {
namespace {

constexpr const char* ciphers_before_13 = "ECDHE+AESGCM:ECDHE+CHACHA20";

problem refused(const std::string& path) {
  const auto* why = ERR_reason_error_string(ERR_peek_last_error());
  return {code::internal, "The file " + path + " cannot be used: " +
                              (why == nullptr ? "it is not what it must be" : why) + "."};
}

int no_password(char*, int, int, void*) { return 0; }  // instead of a question on the terminal

/// Of the protocols that a client offers, ours is one.
void speak_http_1(SSL_CTX* raw) {
  const auto choose = [](SSL*, const unsigned char** chosen, unsigned char* size,
                         const unsigned char* offered, unsigned int offered_size, void*) {
    static constexpr unsigned char ours[] = "\x08http/1.1";
    unsigned char* found = nullptr;
    const int outcome =
        SSL_select_next_proto(&found, size, ours, sizeof ours - 1, offered, offered_size);
    *chosen = found;
    return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
  };
  SSL_CTX_set_alpn_select_cb(raw, choose, nullptr);
}

}  // namespace

void tls_door::freed::operator()(ssl_ctx_st* settings) const { SSL_CTX_free(settings); }

result<done> tls_door::load() {
  ERR_clear_error();
  settings made(SSL_CTX_new(TLS_server_method()));
  check(made != nullptr, "TLS can be set up");
  auto* raw = made.get();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(raw, ciphers_before_13);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                               SSL_OP_CIPHER_SERVER_PREFERENCE);
  // An idle connection holds no buffers; what was not taken may be offered from another place.
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);  // clients keep their tickets
  speak_http_1(raw);
  SSL_CTX_set_default_passwd_cb(raw, no_password);
  if (SSL_CTX_use_certificate_chain_file(raw, files_.certificate.c_str()) != 1)
    return refused(files_.certificate);
  if (SSL_CTX_use_PrivateKey_file(raw, files_.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(raw) != 1)
    return refused(files_.key);
  settings_ = std::move(made);
  return done{};
}

result<done> tls_door::open() {
  seen_ = signature();
  return load();
}

void tls_door::reload() {
  seen_ = signature();
  const auto loaded = load();
  if (loaded)
    log_event(log_level::info, "http_certificate_reloaded", {{"file", files_.certificate}});
  else
    log_event(log_level::error, "http_certificate_kept", {{"why", loaded.problem().detail}});
}

void tls_door::reload_when_changed() {
  if (signature() != seen_) reload();
}

std::string tls_door::signature() const {
  std::string out;
  for (const auto& path : {files_.certificate, files_.key}) {
    std::error_code error;
    const auto changed = std::filesystem::last_write_time(path, error);
    out += std::to_string(changed.time_since_epoch().count()) + ' ';
    out += std::to_string(std::filesystem::file_size(path, error)) + ' ';
  }
  return out;
}

std::unique_ptr<tls_channel> tls_door::make_channel(int socket) const {
  return std::make_unique<tls_channel>(settings_.get(), socket);
}

}  // namespace resalehub
