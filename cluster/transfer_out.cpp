#include "cluster/transfer_out.hpp"

#include <utility>
#include <vector>

namespace resalehub {

void transfer_out::begin(member_number from, member_number to) {
  auto& one = sessions_[to];
  one = session{};
  one.source = ports_.store->transfer(ports_.partition);
  one.part.session = ports_.entropy->next();
  one.part.from = from;
  one.part.to = to;
  next(one);
}

void transfer_out::next(session& one) {
  one.part.chunk = one.source->next(chunk_bytes);
  ++one.part.number;
  one.silent_ticks = 0;
  send(one);
}

/// What the link does not take now goes with a later tick.
void transfer_out::send(const session& one) const {
  (void)ports_.out->send(node_of(one.part.to), lane::bulk, one.part);
}

void transfer_out::taken(const transfer_taken& said) {
  const auto found = sessions_.find(said.from);
  if (found == sessions_.end() || found->second.part.session != said.session) return;
  auto& one = found->second;
  if (said.ended) {
    sessions_.erase(found);
    on_end_(said.from, said.arrived ? transfer_end::arrived : transfer_end::failed);
  } else if (said.number == one.part.number && one.part.chunk.last == 0) {
    next(one);
  } else {
    one.silent_ticks = 0;  // alive: it writes the last chunk
  }
}

void transfer_out::tick() {
  std::vector<member_number> lost;
  for (auto& [to, one] : sessions_) {
    ++one.silent_ticks;
    if (one.silent_ticks >= silent_ticks_max) lost.push_back(to);
    else if (one.silent_ticks % repeat_ticks == 0) send(one);
  }
  for (const auto to : lost) {
    sessions_.erase(to);
    on_end_(to, transfer_end::failed);
  }
}

}  // namespace resalehub
