#pragma once
/// Linearizable reads of a listing by id, the token checked, at 64 connections.

#include <string>
#include <vector>

#include "bench/shoppers.hpp"

namespace resalehub::bench {

/// A read of every listing, each by the next of the people.
std::vector<std::string> prepare_reads(const shop& of);
/// The connections go to the doors in turn.
load_outcome read_for(double seconds, const std::vector<endpoint>& doors,
                      const std::vector<std::string>& requests);

}  // namespace resalehub::bench
