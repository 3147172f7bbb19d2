#include "gateway/secrets.hpp"

#include <sodium.h>

#include "base/check.hpp"
#include "gateway/base64url.hpp"

namespace resalehub {
namespace {

constexpr std::size_t mac_size = 16;
constexpr char derivation_context[crypto_kdf_CONTEXTBYTES + 1] = "resalhub";

secret_key derived(const secret_key& from, std::uint64_t number) {
  static_assert(crypto_kdf_KEYBYTES == sizeof(secret_key));
  secret_key out;
  const int failed = crypto_kdf_derive_from_key(out.data(), out.size(), number,
                                                derivation_context, from.data());
  check(failed == 0, "a key of 32 bytes can be derived");
  return out;
}

}  // namespace

secrets secrets_from(const secret_key& cluster_secret) {
  check(sodium_init() >= 0, "libsodium starts");
  return {.signing_seed = derived(cluster_secret, 1),
          .refresh = derived(cluster_secret, 2),
          .cursor = derived(cluster_secret, 3),
          .ticket = derived(cluster_secret, 4),
          .fingerprint = derived(cluster_secret, 5)};
}

std::string mac_of(const secret_key& key, std::string_view message) {
  std::string out(mac_size, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(out.data()), out.size(),
                     reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                     key.data(), key.size());
  return out;
}

bool same_bytes(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string sealed(const secret_key& key, std::string_view message) {
  std::string bytes{message};
  bytes += mac_of(key, message);
  return to_base64url(bytes);
}

bool unsealed(const secret_key& key, std::string_view text, std::string& message) {
  auto bytes = from_base64url(text);
  if (!bytes || bytes->size() < mac_size) return false;
  const std::string_view all = *bytes;
  const auto body = all.substr(0, all.size() - mac_size);
  if (!same_bytes(mac_of(key, body), all.substr(body.size()))) return false;
  message.assign(body);
  return true;
}

void append_u64(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 255);
}

std::uint64_t u64_at(std::string_view bytes, std::size_t offset) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i)
    value = value << 8 | static_cast<std::uint8_t>(bytes[offset + i]);
  return value;
}

}  // namespace resalehub
