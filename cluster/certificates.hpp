#pragma once
/// A private certificate authority for one cluster and certificates for its nodes: PEM files of
/// X.509 over EC P-256. A certificate says its node's name as the URI `resalehub://node/NAME`.
/// Any thread; reads and writes files.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/ports.hpp"
#include "base/result.hpp"

struct x509_st;

namespace resalehub {

struct validity {
  instant from;
  std::int64_t days = 0;
};
inline constexpr std::int64_t authority_days = 3650;
inline constexpr std::int64_t node_days = 825;

/// Paths of what was made.
struct certificate_files {
  std::string certificate;
  std::string key;        ///< readable by its owner only
  std::string authority;  ///< the certificate that signed it
};

/// 1 to 63 letters, digits, dots, dashes and underscores.
bool is_node_name(std::string_view name);

/// DIRECTORY/ca.pem and DIRECTORY/ca.key. A refusal's detail is a sentence for the operator;
/// nothing is ever overwritten.
result<certificate_files> make_authority(const std::string& directory, const validity& valid,
                                         entropy_port& chance);

/// DIRECTORY/NAME.pem and DIRECTORY/NAME.key, signed by the authority there.
result<certificate_files> make_node_certificate(const std::string& directory,
                                                const std::string& name, const validity& valid,
                                                entropy_port& chance);

/// The node's name that a certificate says; empty when it says none or several.
std::string certified_name(const x509_st* certificate);

}  // namespace resalehub
