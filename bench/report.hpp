#pragma once
/// What was measured: a table for people, JSON for programs. A figure holds when its ratio to the
/// ceiling reaches the floor, or its value stays below the most that is allowed.

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace resalehub::bench {

struct figure {
  std::string name;  ///< "commits.256"
  double value = 0;
  std::string unit;
  std::optional<double> ceiling;
  std::optional<double> floor;  ///< of value / ceiling
  std::optional<double> most;   ///< of the value
  std::vector<std::pair<std::string, double>> details;

  std::optional<double> ratio() const;
  std::optional<bool> holds() const;
};

class report {
 public:
  explicit report(std::string name) : name_(std::move(name)) {}

  /// Prints it at once.
  void add(figure one);
  /// A sentence beside the figures: what they were measured with, or why one has no ceiling.
  void note(std::string sentence);
  /// What others used of the processor meanwhile: above a tenth, no figure counts as held.
  void end(double others_share);
  void write(const std::filesystem::path& directory) const;
  bool all_hold() const;

  static void print_head();

 private:
  bool disturbed() const;

  std::string name_;
  std::vector<figure> figures_;
  std::vector<std::string> notes_;
  double others_share_ = 0;
};

double median(std::vector<double> values);

}  // namespace resalehub::bench
