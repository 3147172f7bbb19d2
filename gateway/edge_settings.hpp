#pragma once
/// What the options say to the edge: read once at start.

#include <optional>

#include "base/problem.hpp"
#include "config/options.hpp"
#include "gateway/http_limits.hpp"

namespace resalehub {

http_limits edge_limits(const options& set);
/// The admin listener serves operators: the same framing, no cap on names.
http_limits admin_limits(const options& set);

/// A sentence when operators' doors would stand open: `admin.address` can be reached from other
/// machines, and `admin.token` is missing or easily guessed.
std::optional<problem> refusal_of_admin(const options& set);

/// A sentence when `http.origins` names what no browser calls an origin: it would never be met.
std::optional<problem> refusal_of_origins(const options& set);

}  // namespace resalehub
