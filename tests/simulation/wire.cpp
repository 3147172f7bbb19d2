#include "tests/simulation/wire.hpp"

#include "base/check.hpp"

namespace resalehub::simulation {

namespace {

constexpr std::size_t frame_head_bytes = 16;  // length, checksum

std::size_t index_of(lane way) { return static_cast<std::size_t>(way); }

}  // namespace

bool wire::queue(lane way, std::string& message) {
  const auto bytes = message.size() + frame_head_bytes;
  const auto bound = way == lane::urgent ? options_.urgent_bytes_max : options_.bulk_bytes_max;
  if (held_bytes_[index_of(way)] + bytes > bound) return false;
  held_bytes_[index_of(way)] += bytes;
  queued_[index_of(way)].push_back(std::move(message));
  return true;
}

virtual_ns wire::depart(const departure& how) {
  check(has_queued() && how.now >= free_at_, "a free line takes a frame that waits");
  const auto way = queued_[index_of(lane::urgent)].empty() ? lane::bulk : lane::urgent;
  auto& from = queued_[index_of(way)];
  frame what{way, std::move(from.front())};
  from.pop_front();
  const auto rate = how.bytes_per_second == 0
                        ? options_.bytes_per_second
                        : std::min(how.bytes_per_second, options_.bytes_per_second);
  const auto nanobytes = (what.message.size() + frame_head_bytes) * std::uint64_t{second_ns};
  free_at_ = how.now + static_cast<virtual_ns>(nanobytes / rate);
  last_due_ = std::max(free_at_ + how.takes, last_due_);
  under_way_.push_back({last_due_, how.end, std::move(what)});
  return last_due_;
}

std::optional<frame_under_way> wire::arrive(virtual_ns now) {
  if (under_way_.empty() || under_way_.front().due > now) return std::nullopt;
  auto first = std::move(under_way_.front());
  under_way_.pop_front();
  held_bytes_[index_of(first.what.way)] -= first.what.message.size() + frame_head_bytes;
  return first;
}

std::optional<virtual_ns> wire::next_due() const {
  if (under_way_.empty()) return std::nullopt;
  return under_way_.front().due;
}

std::vector<std::string> wire::abandon() {
  std::vector<std::string> left;
  for (auto& one : under_way_)
    if (one.end == fate::whole) left.push_back(std::move(one.what.message));
  under_way_.clear();
  for (auto& lane_of : queued_) lane_of.clear();
  held_bytes_ = {};
  return left;
}

}  // namespace resalehub::simulation
