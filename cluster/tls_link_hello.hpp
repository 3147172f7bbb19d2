#pragma once
/// What nodes say first on a connection, who is refused, and why. Values; any thread.

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/described.hpp"
#include "base/time.hpp"
#include "cluster/links.hpp"

namespace resalehub {

/// Who this node is to its peers.
struct link_identity {
  std::string cluster;  ///< empty: not known yet
  std::string name;
  node_number node = 0;  ///< 0: not known yet
  std::uint64_t incarnation = 0;
};

/// The first frame, both ways: who dialed speaks first.
struct link_hello {
  std::uint32_t version = 1;
  std::string cluster;
  node_number node = 0;  ///< 0: wants to be introduced
  std::string name;
  std::uint64_t incarnation = 0;
  std::string refused;  ///< why the other side is not wanted; the connection ends behind it
};
BOOST_DESCRIBE_STRUCT(link_hello, (), (version, cluster, node, name, incarnation, refused))

inline constexpr std::uint32_t link_version = 1;
inline constexpr std::size_t hello_bytes_max = 4096;

/// Why a connection ended or never was. Each is counted and logged by its name.
enum class link_fault : std::uint8_t {
  none,
  no_certificate,     ///< the peer showed none
  foreign_authority,  ///< its certificate is not of this cluster's authority
  expired,            ///< ... or of another time
  wrong_name,         ///< its certificate, its hello and what we know of it differ
  foreign_bytes,      ///< no TLS, or no WebSocket
  large_frame,
  malformed,
  other_version,
  other_cluster,
  unknown_node,
  old_incarnation,
  wrong_direction,  ///< only the higher number dials
  not_loopback,     ///< without certificates
  late,             ///< no hello in time
  crowded,          ///< too many without a hello: the oldest goes
  refused_by_peer,
  unreachable,
  silent,    ///< nothing was heard for too long
  lost,      ///< the peer or the network ended it
  replaced,  ///< the peer made a newer one
  unwanted,  ///< no peer of ours any more, or this node stops
};
BOOST_DESCRIBE_ENUM(link_fault, none, no_certificate, foreign_authority, expired, wrong_name,
                    foreign_bytes, large_frame, malformed, other_version, other_cluster,
                    unknown_node, old_incarnation, wrong_direction, not_loopback, late, crowded,
                    refused_by_peer, unreachable, silent, lost, replaced, unwanted)

/// A sentence for the other side's operator.
std::string sentence_of(link_fault fault);

/// What a hello is held against.
struct link_expectation {
  const link_identity& ours;
  std::string_view certified;   ///< the certificate's name
  bool has_certificate = false;  ///< false on loopback links without
  const peer* known = nullptr;  ///< the peer of the hello's number
  std::uint64_t last_incarnation = 0;
};
/// Of who dialed us; number 0 asks to be introduced.
link_fault judge_dialer(const link_hello& hello, const link_expectation& expected);
/// Of whom we dialed, as `known`; null: anybody, for an introduction.
link_fault judge_dialed(const link_hello& hello, const link_expectation& expected);

/// What happened at the links since the start; read from any thread.
struct link_figures {
  using count = std::atomic<std::uint64_t>;
  count connected{0};    ///< links that are up now
  count connections{0};  ///< ... and that were ever
  count accepted{0};
  count half_open{0};  ///< now: no hello yet
  count frames_sent{0};
  count bytes_sent{0};
  count messages_sent{0};
  count frames_received{0};
  count bytes_received{0};
  count messages_received{0};
  count sends_refused{0};  ///< no connection, a full lane, or a message larger than a frame
  count reloads{0};
  count reloads_failed{0};
  std::array<count, boost::mp11::mp_size<boost::describe::describe_enumerators<link_fault>>::value>
      faults{};

  std::uint64_t of(link_fault fault) const { return faults[static_cast<std::size_t>(fault)]; }
};

}  // namespace resalehub
