#include "cluster/list_actor.hpp"

#include <algorithm>
#include <utility>

#include "storage/keys.hpp"

namespace resalehub {

list_actor::list_actor(caf::actor_config& config, setup given)
    : event_based_actor(config), setup_(std::move(given)) {}

caf::behavior list_actor::make_behavior() {
  break_with(*this, setup_.broken);
  return {[this](list_part& part) {
    setup_.waiting->fetch_sub(1, std::memory_order_relaxed);
    part.sink->deliver_scan({part.what.ticket, merge(part.what)});
  }};
}

/// The first `limit` rows of all partitions. A partition is left as soon as its next key lies
/// behind the worst of a full page, so the work is near the page's size plus one seek a partition.
result<std::vector<listed_row>> list_actor::merge(const remote_scan& request) const {
  std::vector<listed_row> page;
  auto before = [&](const listed_row& a, const listed_row& b) {
    const auto left = std::tie(a.key, a.partition);
    const auto right = std::tie(b.key, b.partition);
    return request.descending ? right < left : left < right;
  };
  const auto direction =
      request.descending ? state_store::order::descending : state_store::order::ascending;
  for (const auto number : request.partitions) {
    const auto& readable = *setup_.readable;
    if (number >= readable.size() || !readable[number].load(std::memory_order_relaxed))
      return problem{code::shard_unavailable, "this node lost touch with a partition"};
    const auto from = keys::row(number, request.index, request.from);
    const auto to = request.to.empty()
                        ? keys::after_prefix(keys::row(number, request.index, ""))
                        : keys::row(number, request.index, request.to);
    std::uint32_t taken = 0;
    setup_.store->scan({family::rows, from, to, direction},
                 [&](std::string_view key, std::string_view value) {
                   listed_row row{number, std::string(keys::row_key(key)), std::string(value)};
                   if (page.size() == request.limit && !before(row, page.front())) return false;
                   page.push_back(std::move(row));
                   std::push_heap(page.begin(), page.end(), before);
                   if (page.size() > request.limit) {
                     std::pop_heap(page.begin(), page.end(), before);
                     page.pop_back();
                   }
                   return ++taken < request.limit;
                 });
  }
  std::sort_heap(page.begin(), page.end(), before);
  return page;
}

}  // namespace resalehub
