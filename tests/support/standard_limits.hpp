#pragma once
/// The edge's limits when nobody has set any: where tests begin that change one or two of them.

#include "gateway/edge_settings.hpp"

namespace resalehub::testing {

inline http_limits standard_limits() { return edge_limits(options{}); }

}  // namespace resalehub::testing
