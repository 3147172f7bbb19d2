#pragma once
/// What the options `links.*` say, in the words of the links: read once at start.

#include "cluster/tls_link.hpp"
#include "config/options.hpp"

namespace resalehub {

link_options link_options_of(const options& set);
/// How peers reach this node: `links.advertise`, or where it listens (with the port that was
/// bound).
std::string advertised_address(const options& set, std::uint16_t bound_port);

}  // namespace resalehub
