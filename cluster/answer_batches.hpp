#pragma once
/// Answers on their way out, gathered so that each sink gets one batch. Confined to its owner.

#include <algorithm>
#include <memory>
#include <vector>

#include "cluster/request.hpp"

namespace resalehub {

class answer_batches {
 public:
  void add(const std::shared_ptr<answer_sink>& sink, std::uint64_t ticket,
           result<answer> outcome) {
    auto at = std::find_if(out_.begin(), out_.end(),
                           [&](const answers& entry) { return entry.sink == sink; });
    if (at == out_.end()) at = out_.insert(out_.end(), answers{sink, {}});
    at->batch.push_back({ticket, std::move(outcome)});
  }
  /// Hands over what was gathered since the last call.
  void deliver() {
    for (auto& [sink, batch] : out_) sink->deliver(std::move(batch));
    out_.clear();
  }

 private:
  struct answers {
    std::shared_ptr<answer_sink> sink;
    std::vector<answered_ask> batch;
  };
  std::vector<answers> out_;
};

}  // namespace resalehub
