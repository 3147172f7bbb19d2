#pragma once
/// The benchmarks. Each starts what it needs, adds its figures to the report, and leaves nothing.

#include "bench/harness.hpp"
#include "bench/report.hpp"

namespace resalehub::bench {

void measure_commits(const settings& all, report& into);
void measure_reads(const settings& all, report& into);
void measure_checkout(const settings& all, report& into);
void measure_hot(const settings& all, report& into);
void measure_memory(const settings& all, report& into);

// -- several nodes on this machine ----------------------------------------------------------------

void measure_cluster_commands(const settings& all, report& into);
void measure_cluster_purchases(const settings& all, report& into);
void measure_cluster_reads(const settings& all, report& into);
void measure_cluster_costs(const settings& all, report& into);
void measure_cluster_failover(const settings& all, report& into);
void measure_cluster_join(const settings& all, report& into);
void measure_cluster_recovery(const settings& all, report& into);

}  // namespace resalehub::bench
