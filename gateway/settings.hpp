#pragma once
/// What the options say, in the words of the rooms that they set: read once at start.

#include "config/options.hpp"
#include "gateway/gateway_options.hpp"
#include "gateway/http_limits.hpp"

namespace resalehub {

http_limits edge_limits(const options& set);
/// The admin listener serves operators: the same framing, no cap on names.
http_limits admin_limits(const options& set);
gateway_options application_options(const options& set);

}  // namespace resalehub
