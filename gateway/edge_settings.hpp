#pragma once
/// What the options say to the edge: read once at start.

#include "config/options.hpp"
#include "gateway/http_limits.hpp"

namespace resalehub {

http_limits edge_limits(const options& set);
/// The admin listener serves operators: the same framing, no cap on names.
http_limits admin_limits(const options& set);

}  // namespace resalehub
