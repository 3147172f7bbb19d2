#pragma once
/// What the options say to the gateway above its edge: read once at start.

#include "config/options.hpp"
#include "gateway/gateway_options.hpp"

namespace resalehub {

gateway_options application_options(const options& set);

}  // namespace resalehub
