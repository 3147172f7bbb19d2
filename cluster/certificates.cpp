#include "cluster/certificates.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

namespace resalehub {
namespace {

constexpr std::string_view uri_prefix = "resalehub://node/";
constexpr std::int64_t clock_skew_s = 300;  ///< a peer's clock may be behind ours by this

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* what) const {
    Free(what);
  }
};
using key_pointer = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate_pointer = std::unique_ptr<X509, freed_by<X509_free>>;
using bytes_pointer = std::unique_ptr<BIO, freed_by<BIO_free>>;
using number_pointer = std::unique_ptr<BIGNUM, freed_by<BN_free>>;
using extension_pointer = std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>>;

problem refused(std::string sentence) { return {code::internal, std::move(sentence)}; }

std::string text_of(BIO* bytes) {
  char* begin = nullptr;
  const auto size = BIO_get_mem_data(bytes, &begin);
  return {begin, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  const bytes_pointer out(BIO_new(BIO_s_mem()));
  check(PEM_write_bio_X509(out.get(), certificate) == 1, "a certificate can be written");
  return text_of(out.get());
}

std::string pem_of(EVP_PKEY* key) {
  const bytes_pointer out(BIO_new(BIO_s_secmem()));
  check(PEM_write_bio_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
        "a key can be written");
  return text_of(out.get());
}

/// A new file with these bytes, on the disk.
result<done> write_new(const std::string& path, std::string_view bytes, mode_t mode) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) {
    if (errno == EEXIST) return refused(path + " exists already and is not overwritten.");
    return refused("Cannot write " + path + ": " + std::strerror(errno) + ".");
  }
  const auto written = ::write(file, bytes.data(), bytes.size());
  const bool whole = written == static_cast<ssize_t>(bytes.size()) && ::fsync(file) == 0;
  ::close(file);
  if (whole) return done{};
  ::unlink(path.c_str());
  return refused("Cannot write " + path + ": the disk is full or failing.");
}

void say_extension(X509* certificate, X509* issuer, int which, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const extension_pointer said(X509V3_EXT_conf_nid(nullptr, &context, which, value));
  check(said != nullptr && X509_add_ext(certificate, said.get(), -1) == 1,
        "an extension of a certificate can be said");
}

void say_serial(X509* certificate, entropy_port& chance) {
  unsigned char bytes[16];
  chance.fill(bytes, sizeof bytes);
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7F) | 0x40);  // positive, of one length
  const number_pointer number(BN_bin2bn(bytes, sizeof bytes, nullptr));
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate));
}

void say_common_name(X509_NAME* name, const std::string& text) {
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(text.data()),
                             static_cast<int>(text.size()), -1, 0);
}

/// All but extensions and signature.
certificate_pointer begin_certificate(EVP_PKEY* key, const validity& valid,
                                      entropy_port& chance) {
  certificate_pointer out(X509_new());
  check(out != nullptr && X509_set_version(out.get(), X509_VERSION_3) == 1,
        "a certificate can be made");
  say_serial(out.get(), chance);
  const auto from_s = valid.from.unix_ms / 1000;
  ASN1_TIME_set(X509_getm_notBefore(out.get()), from_s - clock_skew_s);
  ASN1_TIME_set(X509_getm_notAfter(out.get()), from_s + valid.days * 86'400);
  X509_set_pubkey(out.get(), key);
  return out;
}

result<certificate_files> write_both(const certificate_files& paths, EVP_PKEY* key, X509* signed_) {
  for (const auto& path : {paths.certificate, paths.key})
    if (std::filesystem::exists(path))
      return refused(path + " exists already and is not overwritten.");
  if (auto wrote = write_new(paths.key, pem_of(key), 0600); !wrote)
    return std::move(wrote).problem();
  if (auto wrote = write_new(paths.certificate, pem_of(signed_), 0644); !wrote) {
    ::unlink(paths.key.c_str());
    return std::move(wrote).problem();
  }
  return paths;
}

struct authority {
  key_pointer key;
  certificate_pointer certificate;
};

result<authority> read_authority(const std::string& directory) {
  const auto certificate_path = directory + "/ca.pem";
  const auto key_path = directory + "/ca.key";
  const bytes_pointer certificate(BIO_new_file(certificate_path.c_str(), "r"));
  const bytes_pointer key(BIO_new_file(key_path.c_str(), "r"));
  if (!certificate || !key)
    return refused("There is no authority in " + directory +
                   ": make one with `resalehub cert init --dir " + directory + "`.");
  authority out;
  out.certificate.reset(PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr));
  if (!out.certificate) return refused(certificate_path + " is not a certificate in PEM.");
  char no_password[] = "";  // instead of a question on the terminal
  out.key.reset(PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, no_password));
  if (!out.key) return refused(key_path + " is not a key in PEM without a password.");
  if (X509_check_private_key(out.certificate.get(), out.key.get()) != 1)
    return refused(key_path + " is not the key of " + certificate_path + ".");
  return out;
}

}  // namespace

bool is_node_name(std::string_view name) {
  return !name.empty() && name.size() <= 63 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '.' || c == '-' || c == '_';
  });
}

result<certificate_files> make_authority(const std::string& directory, const validity& valid,
                                         entropy_port& chance) {
  std::error_code error;
  if (std::filesystem::create_directories(directory, error); error)
    return refused("Cannot make the folder " + directory + ": " + error.message() + ".");
  const key_pointer key(EVP_EC_gen("P-256"));
  check(key != nullptr, "a key can be made");
  const auto made = begin_certificate(key.get(), valid, chance);
  auto* name = X509_get_subject_name(made.get());
  // Two clusters' authorities differ in name too, so a stranger's is told as such.
  say_common_name(name, "Resale Hub cluster " + std::to_string(chance.next() % 1'000'000'000));
  X509_set_issuer_name(made.get(), name);
  say_extension(made.get(), made.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  say_extension(made.get(), made.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  say_extension(made.get(), made.get(), NID_subject_key_identifier, "hash");
  check(X509_sign(made.get(), key.get(), EVP_sha256()) > 0, "a certificate can be signed");
  const certificate_files paths{directory + "/ca.pem", directory + "/ca.key",
                                directory + "/ca.pem"};
  return write_both(paths, key.get(), made.get());
}

result<certificate_files> make_node_certificate(const std::string& directory,
                                                const std::string& name, const validity& valid,
                                                entropy_port& chance) {
  if (!is_node_name(name))
    return refused("A node's name is 1 to 63 letters, digits, dots, dashes and underscores.");
  if (name == "ca") return refused("`ca` is the authority's own name.");
  auto signer = read_authority(directory);
  if (!signer) return std::move(signer).problem();
  const key_pointer key(EVP_EC_gen("P-256"));
  check(key != nullptr, "a key can be made");
  const auto made = begin_certificate(key.get(), valid, chance);
  auto* issuer = signer->certificate.get();
  say_common_name(X509_get_subject_name(made.get()), name);
  X509_set_issuer_name(made.get(), X509_get_subject_name(issuer));
  const auto uri = "URI:" + std::string(uri_prefix) + name;
  say_extension(made.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
  say_extension(made.get(), issuer, NID_key_usage, "critical,digitalSignature");
  say_extension(made.get(), issuer, NID_ext_key_usage, "serverAuth,clientAuth");
  say_extension(made.get(), issuer, NID_subject_alt_name, uri.c_str());
  say_extension(made.get(), issuer, NID_subject_key_identifier, "hash");
  say_extension(made.get(), issuer, NID_authority_key_identifier, "keyid:always");
  // A key of another kind than ours may sign without a digest of its own choice.
  int digest = 0;
  const bool no_digest = EVP_PKEY_get_default_digest_nid(signer->key.get(), &digest) == 2 &&
                         digest == NID_undef;
  check(X509_sign(made.get(), signer->key.get(), no_digest ? nullptr : EVP_sha256()) > 0,
        "a certificate can be signed");
  const certificate_files paths{directory + "/" + name + ".pem", directory + "/" + name + ".key",
                                directory + "/ca.pem"};
  return write_both(paths, key.get(), made.get());
}

std::string certified_name(const x509_st* certificate) {
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  std::string found;
  int count = 0;
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const auto* name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_URI) continue;
    const auto* text = name->d.uniformResourceIdentifier;
    const std::string_view uri(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                               static_cast<std::size_t>(ASN1_STRING_length(text)));
    if (!uri.starts_with(uri_prefix)) continue;
    found = uri.substr(uri_prefix.size());
    ++count;
  }
  GENERAL_NAMES_free(names);
  return count == 1 && is_node_name(found) ? found : std::string{};
}

}  // namespace resalehub
