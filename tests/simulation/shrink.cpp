#include "tests/simulation/shrink.hpp"

#include <algorithm>

namespace resalehub::simulation {

namespace {

class shrinking {
 public:
  shrinking(schedule all, const std::function<bool(const schedule&)>& fails, std::size_t runs_max)
      : fails_(fails), runs_max_(runs_max), now_(std::move(all)) {}

  void without_classes() {
    for (std::size_t at = 0; at < fault_classes; ++at) {
      schedule fewer;
      for (const auto& one : now_)
        if (class_of(one.kind) != static_cast<fault_class>(at)) fewer.push_back(one);
      if (fewer.size() < now_.size()) accept(std::move(fewer));
    }
  }

  /// Drops one of `parts` parts at a time, smaller and smaller ones, until no single fault can go.
  void without_parts() {
    std::size_t parts = 1;
    while (!now_.empty() && runs_ < runs_max_) {
      parts = std::min(parts, now_.size());
      bool dropped = false;
      for (std::size_t part = 0; part < parts && !dropped; ++part)
        dropped = accept(without(part, parts));
      if (dropped) parts = std::max<std::size_t>(parts - 1, 1);
      else if (parts == now_.size()) return void(smallest_ = !cut_short_);
      else parts *= 2;
    }
    smallest_ = now_.empty();
  }

  shrunk outcome() && { return {std::move(now_), runs_, smallest_}; }

 private:
  schedule without(std::size_t part, std::size_t parts) const {
    const auto from = now_.size() * part / parts;
    const auto to = now_.size() * (part + 1) / parts;
    schedule rest(now_.begin(), now_.begin() + static_cast<std::ptrdiff_t>(from));
    rest.insert(rest.end(), now_.begin() + static_cast<std::ptrdiff_t>(to), now_.end());
    return rest;
  }

  bool accept(schedule fewer) {
    if (runs_ >= runs_max_) return cut_short_ = true, false;
    ++runs_;
    if (!fails_(fewer)) return false;
    now_ = std::move(fewer);
    return true;
  }

  const std::function<bool(const schedule&)>& fails_;
  std::size_t runs_max_;
  std::size_t runs_ = 0;
  bool smallest_ = false;
  bool cut_short_ = false;
  schedule now_;
};

}  // namespace

shrunk shrink(schedule all, const std::function<bool(const schedule&)>& fails,
              std::size_t runs_max) {
  shrinking one(std::move(all), fails, runs_max);
  one.without_classes();
  one.without_parts();
  return std::move(one).outcome();
}

}  // namespace resalehub::simulation
