#pragma once
/// The keys that the gateway signs and hashes with, all derived from the cluster's one secret, so
/// every node that shares it accepts what another one issued. Values, any thread; never logged.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace resalehub {

using secret_key = std::array<std::uint8_t, 32>;

struct secrets {
  secret_key signing_seed{};   ///< Ed25519: access tokens
  secret_key refresh{};        ///< MAC of refresh tokens
  secret_key cursor{};         ///< MAC of cursors
  secret_key ticket{};         ///< MAC of WebSocket tickets
  secret_key fingerprint{};    ///< keyed hash of bodies: they may hold passwords
};

secrets secrets_from(const secret_key& cluster_secret);

/// 16 bytes over `message`.
std::string mac_of(const secret_key& key, std::string_view message);
/// In constant time.
bool same_bytes(std::string_view a, std::string_view b);

/// `message` with its MAC behind it, as base64url; and back, when the MAC is ours.
std::string sealed(const secret_key& key, std::string_view message);
bool unsealed(const secret_key& key, std::string_view text, std::string& message);

// -- bytes of fixed layouts --------------------------------------------------------------------

void append_u64(std::string& out, std::uint64_t value);  ///< big-endian: ordered as the number
std::uint64_t u64_at(std::string_view bytes, std::size_t offset);

}  // namespace resalehub
