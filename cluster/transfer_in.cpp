#include "cluster/transfer_in.hpp"

#include <algorithm>
#include <utility>

#include "base/bug.hpp"

namespace resalehub {

void transfer_in::answer_end(const outbound& out, const transfer_part& part, transfer_end how) {
  transfer_taken said;
  said.partition = part.chunk.partition;
  said.session = part.session;
  said.number = part.number;
  said.from = part.to;
  said.to = part.from;
  said.arrived = how == transfer_end::arrived;
  said.ended = true;
  (void)out.send(node_of(part.from), lane::urgent, said);
}

void transfer_in::arrived(transfer_part part, std::uint64_t reached) {
  if (under_way_ && under_way_->newest.session != part.session) give_up();
  if (!under_way_) {
    const bool known = part.chunk.as_of.index <= reached && !broken(bug::transfer_over_newer);
    if (known || part.number != 1) 
      return answer_end(out_, part, known ? transfer_end::arrived : transfer_end::failed);
    under_way_.emplace();
    under_way_->newest.session = part.session;
  }
  auto& one = *under_way_;
  if (part.number == one.written) return say({});  // the answer was lost
  if (part.number != one.newest.number + 1) return;          // it is being written
  into_.submit(part.chunk);
  part.chunk.rows.clear();
  one.newest = std::move(part);
}

std::uint64_t transfer_in::forget(std::uint32_t chunks) {
  const auto old = std::min<std::uint64_t>(chunks, forsaken_);
  forsaken_ -= old;
  return old;
}

bool transfer_in::written(std::uint32_t chunks) {
  const auto old = forget(chunks);
  if (!under_way_ || old == chunks) return false;
  auto& one = *under_way_;
  one.written += chunks - old;
  const auto& newest = one.newest.chunk;
  bool whole = newest.last != 0;
  if (broken(bug::transfer_whole_early)) whole = newest.where >= family::requests;
  if (one.written == one.newest.number && whole) return true;
  say({});
  return false;
}

void transfer_in::finish() {
  say(transfer_end::arrived);
  under_way_.reset();
}

void transfer_in::give_up() {
  if (!under_way_) return;
  say(transfer_end::failed);
  forsaken_ += under_way_->newest.number - under_way_->written;
  under_way_.reset();
}

void transfer_in::say(std::optional<transfer_end> end) const {
  const auto& part = under_way_->newest;
  transfer_taken said;
  said.partition = part.chunk.partition;
  said.session = part.session;
  said.number = under_way_->written;
  said.from = part.to;
  said.to = part.from;
  said.arrived = end == transfer_end::arrived;
  said.ended = end.has_value();
  (void)out_.send(node_of(part.from), lane::urgent, said);
}

}  // namespace resalehub
