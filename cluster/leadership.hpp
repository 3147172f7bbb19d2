#pragma once
/// The part of placement that moves leaderships among the voters there are: away from nodes that
/// leave, then to even numbers, then to even loads. Asked by placement alone; pure.

#include <set>
#include <vector>

#include "cluster/placement.hpp"

namespace resalehub::placement {

/// At most `orders_max` orders, none for partitions that are `busy` or hold learners, but for those
/// that are led from a leaving node.
std::vector<order> leads_for(const cluster_view& view, const std::set<partition_number>& busy,
                             std::size_t orders_max);

}  // namespace resalehub::placement
