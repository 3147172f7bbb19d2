#include "cluster/tls_link_keys.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <filesystem>

#include "base/log.hpp"
#include "cluster/certificates.hpp"

namespace resalehub {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

problem refused(const std::string& path, const std::string& why) {
  return {code::internal, "The links' file " + path + " cannot be used: " + why + "."};
}

void log_expiry(const std::string& path, const X509* certificate) {
  int days = 0, seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate)) != 1) return;
  const auto level = days < 14 || seconds < 0 ? log_level::warning : log_level::info;
  log_event(level, "link_certificate", {{"file", path}, {"days_left", days}});
}

}  // namespace

result<tls_keys> load_keys(const link_files& files, const std::string& name) {
  error_code error;
  auto keys = std::make_shared<ssl::context>(ssl::context::tlsv13);
  // Instead of a question on the terminal.
  keys->set_password_callback([](std::size_t, ssl::context::password_purpose) { return ""; },
                              error);
  keys->use_certificate_chain_file(files.certificate, error);
  if (error) return refused(files.certificate, error.message());
  keys->use_private_key_file(files.key, ssl::context::pem, error);
  if (error) return refused(files.key, error.message());
  keys->load_verify_file(files.authority, error);
  if (error) return refused(files.authority, error.message());
  auto* raw = keys->native_handle();
  const auto* certificate = SSL_CTX_get0_certificate(raw);
  if (const auto said = certified_name(certificate); said != name)
    return refused(files.certificate, "it is for the node '" + said + "', and this one is '" +
                                          name + "'");
  if (SSL_CTX_check_private_key(raw) != 1)
    return refused(files.key, "it is not the key of " + files.certificate);
  keys->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, error);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(raw, 0);
  SSL_CTX_set_options(raw, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_max_early_data(raw, 0);
  log_expiry(files.certificate, certificate);
  return keys;
}

link_fault fault_of(const error_code& error, const ssl_st* session) {
  if (error.category() != boost::asio::error::get_ssl_category()) return link_fault::lost;
  switch (ERR_GET_REASON(static_cast<unsigned long>(error.value()))) {
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return link_fault::no_certificate;
    case SSL_R_CERTIFICATE_VERIFY_FAILED: break;
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_DECRYPT_ERROR: return link_fault::refused_by_peer;
    default: return link_fault::foreign_bytes;
  }
  const auto verified = SSL_get_verify_result(session);
  const bool of_another_time = verified == X509_V_ERR_CERT_HAS_EXPIRED ||
                               verified == X509_V_ERR_CERT_NOT_YET_VALID;
  return of_another_time ? link_fault::expired : link_fault::foreign_authority;
}

result<done> key_ring::open() {
  if (files_.empty()) return done{};
  seen_ = signature();
  auto loaded = load_keys(files_, name_);
  if (!loaded) return std::move(loaded).problem();
  keys_ = *loaded;
  return done{};
}

void key_ring::reload(link_figures& figures) {
  if (files_.empty()) return;
  seen_ = signature();
  auto loaded = load_keys(files_, name_);
  if (loaded) {
    keys_ = *loaded;
    figures.reloads.fetch_add(1, std::memory_order_relaxed);
    log_event(log_level::info, "link_certificate_reloaded", {{"file", files_.certificate}});
  } else {
    figures.reloads_failed.fetch_add(1, std::memory_order_relaxed);
    log_event(log_level::error, "link_certificate_kept", {{"why", loaded.problem().detail}});
  }
}

void key_ring::reload_when_changed(link_figures& figures) {
  if (!files_.empty() && signature() != seen_) reload(figures);
}

std::string key_ring::signature() const {
  std::string out;
  for (const auto& path : {files_.certificate, files_.key, files_.authority}) {
    std::error_code error;
    const auto changed = std::filesystem::last_write_time(path, error);
    out += std::to_string(changed.time_since_epoch().count()) + ' ';
    out += std::to_string(std::filesystem::file_size(path, error)) + ' ';
  }
  return out;
}

}  // namespace resalehub
