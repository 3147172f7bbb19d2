#pragma once
/// Lists of entities: index rows give their order and filter them roughly, the entities themselves
/// say what they are now. A page looks through a bounded number of rows. Confined to the request.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/exchange.hpp"

namespace resalehub {

struct listing_plan {
  std::string index;
  std::string from;  ///< of keys; empty: from the first
  std::string to;    ///< exclusive; empty: to the last
  bool descending = false;
  std::optional<slot_number> place;  ///< nothing: in all partitions
  kind_prefix kind;                  ///< of the ids at the end of the keys
  std::string query;                 ///< packed, of each entity
  std::function<bool(std::string_view value)> row_fits;
  std::function<bool(const std::string& json)> still_fits;
};

task<result<http_response>> respond_list(const exchange& x, listing_plan plan);

/// The scan of a page behind the key where the last one ended.
scan scan_after(const exchange& x, const listing_plan& plan,
                const std::optional<std::string>& last_key, std::size_t rows);

}  // namespace resalehub
