#include "cluster/tls_link_lanes.hpp"

#include <algorithm>
#include <utility>

namespace resalehub {

void append_message(std::string& frame, std::string_view message) {
  for (int shift = 0; shift < 32; shift += 8)
    frame += static_cast<char>(message.size() >> shift & 0xFF);
  frame += message;
}

bool take_message(std::string_view& frame, std::string_view& message) {
  if (frame.size() < message_head_bytes) return false;
  std::size_t size = 0;
  for (std::size_t i = 0; i < message_head_bytes; ++i)
    size |= std::size_t{static_cast<unsigned char>(frame[i])} << 8 * i;
  if (frame.size() - message_head_bytes < size) return false;
  message = frame.substr(message_head_bytes, size);
  frame.remove_prefix(message_head_bytes + size);
  return true;
}

// -- one node ---

link_lanes::link_lanes(const lane_limits& limits, std::function<void()> wake)
    : limits_(limits), wake_(std::move(wake)) {}

link_lanes::~link_lanes() { close(); }

bool link_lanes::push(lane way, std::string message) {
  const auto connection = connection_.load(std::memory_order_acquire);
  if (connection == 0) return false;
  const auto index = static_cast<std::size_t>(way);
  const auto cost = cost_of(message.size());
  if (bytes_[index].fetch_add(cost, std::memory_order_relaxed) + cost >
      limits_.waiting_bytes[index]) {
    bytes_[index].fetch_sub(cost, std::memory_order_relaxed);
    return false;
  }
  auto* one = new waiting{way, connection, std::move(message)};
  auto* before = last_.load(std::memory_order_relaxed);
  do one->before = before;
  while (!last_.compare_exchange_weak(before, one, std::memory_order_acq_rel,
                                      std::memory_order_relaxed));
  if (before == nullptr) wake_();  // who finds something there knows that a wake is under way
  return true;
}

void link_lanes::open() {
  close();
  connection_.store(++connections_, std::memory_order_release);
}

void link_lanes::close() {
  connection_.store(0, std::memory_order_release);
  collect();
  for (std::size_t i = 0; i < queues_.size(); ++i) {
    for (const auto& message : queues_[i])
      bytes_[i].fetch_sub(cost_of(message.size()), std::memory_order_relaxed);
    std::deque<std::string>().swap(queues_[i]);
  }
  bulk_waited_ = false;
}

/// What was pushed since, in its order, to the queues.
void link_lanes::collect() {
  auto* one = last_.exchange(nullptr, std::memory_order_acq_rel);
  waiting* first = nullptr;
  while (one != nullptr) {
    auto* before = std::exchange(one->before, first);
    first = std::exchange(one, before);
  }
  const auto connection = connection_.load(std::memory_order_relaxed);
  while (first != nullptr) {
    const std::unique_ptr<waiting> taken(std::exchange(first, first->before));
    if (taken->connection == connection)
      queue(taken->way).push_back(std::move(taken->message));
    else
      bytes_[static_cast<std::size_t>(taken->way)].fetch_sub(cost_of(taken->message.size()),
                                                             std::memory_order_relaxed);
  }
}

std::size_t link_lanes::next_bytes(lane way) {
  return message_head_bytes + queue(way).front().size();
}

void link_lanes::move_first(lane way, std::string& frame) {
  const auto& message = queue(way).front();
  append_message(frame, message);
  bytes_[static_cast<std::size_t>(way)].fetch_sub(cost_of(message.size()),
                                                  std::memory_order_relaxed);
  queue(way).pop_front();
}

std::size_t link_lanes::fill(std::string& frame) {
  collect();
  frame.clear();
  std::size_t count = 0;
  const bool bulk_first = bulk_waited_ && !queue(lane::bulk).empty();
  const auto kept_free = bulk_first ? next_bytes(lane::bulk) : 0;
  const auto most = std::min(limits_.gathered_bytes, limits_.frame_bytes);
  const auto fits = [&] {
    const bool alone = frame.empty() && !bulk_first;  // a large one goes by itself
    return alone || frame.size() + next_bytes(lane::urgent) + kept_free <= most;
  };
  for (; !queue(lane::urgent).empty() && fits(); ++count) move_first(lane::urgent, frame);
  bool some = false;
  while (!queue(lane::bulk).empty()) {
    const auto after = frame.size() + next_bytes(lane::bulk);
    const bool due = frame.empty() || (bulk_first && !some);
    if (after > limits_.frame_bytes || (after > limits_.bulk_frame_bytes && !due)) break;
    move_first(lane::bulk, frame);
    some = true;
    ++count;
  }
  bulk_waited_ = !some && !queue(lane::bulk).empty();
  return count;
}

// -- all nodes ---

lane_table::~lane_table() {
  auto* one = first_.load();
  while (one != nullptr) delete std::exchange(one, one->next);
}

link_lanes* lane_table::find(node_number node) const {
  for (auto* one = first_.load(std::memory_order_acquire); one != nullptr; one = one->next)
    if (one->node == node) return one->lanes.get();
  return nullptr;
}

link_lanes& lane_table::add(node_number node, std::unique_ptr<link_lanes> lanes) {
  auto* made = new row{node, std::move(lanes), first_.load(std::memory_order_relaxed)};
  first_.store(made, std::memory_order_release);
  return *made->lanes;
}

}  // namespace resalehub
