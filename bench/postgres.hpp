#pragma once
/// PostgreSQL with one synchronous standby, beside which purchases are measured: what is
/// acknowledged is synced on two disks, as with a majority of three. pgbench asks it, with prepared
/// statements, by the same number of connections.

#include <optional>
#include <string>
#include <vector>

#include "bench/harness.hpp"

namespace resalehub::bench {

class postgres_pair {
 public:
  /// A sentence, where it is not installed or may not run below that folder.
  static std::optional<std::string> why_not(const settings& all);

  /// Waits until the standby is synchronous; the tables are filled.
  explicit postgres_pair(const settings& all);

  enum class shape {
    one_transaction,  ///< a purchase in one, as if a buyer asked once
    a_step_each       ///< one for each request that a buyer of Resale Hub makes
  };
  struct outcome {
    double per_s = 0;
    double processor_us = 0;  ///< of both servers, for one purchase
  };
  /// With a warm-up of a fifth before.
  outcome buy_for(double seconds, shape wanted) const;

 private:
  double run_pgbench(double seconds, shape wanted) const;
  void sql(const std::string& text) const;
  std::string ask(const std::string& query) const;
  std::filesystem::path said() const { return place_.path() / "said"; }

  std::filesystem::path programs_;
  work_directory place_;
  endpoint first_, second_;
  std::optional<child_process> primary_, standby_;
};

}  // namespace resalehub::bench
