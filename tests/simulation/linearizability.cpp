#include "tests/simulation/linearizability.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <unordered_set>

#include "tests/simulation/stable_hash.hpp"

namespace resalehub::simulation {

namespace {

struct register_state {
  std::uint64_t value = 0, version = 0;
};

/// The state after the operation; nothing when it could not have answered so.
std::optional<register_state> after(const operation& one, register_state state) {
  const bool heard = one.end == ask_end::ok;
  switch (one.asked.kind) {
    case ask_kind::read:
      if (one.seen.value != state.value || one.seen.version != state.version) return std::nullopt;
      return state;
    case ask_kind::compare_and_set: {
      const bool found = state.version == one.asked.expected;
      if (one.end == ask_end::mismatch) return found ? std::nullopt : std::optional(state);
      if (!found) return std::nullopt;
      break;
    }
    case ask_kind::write: break;
  }
  const register_state next{one.asked.value, state.version + 1};
  const bool says = heard && one.seen.version != 0;
  return says && one.seen.version != next.version ? std::nullopt : std::optional(next);
}

/// Which operations took place already, and what they made of the register.
struct situation {
  std::vector<std::uint64_t> taken;  // bits
  register_state state;
  friend bool operator==(const situation& a, const situation& b) {
    return a.taken == b.taken && a.state.value == b.state.value &&
           a.state.version == b.state.version;
  }
};
struct situation_hash {
  std::size_t operator()(const situation& one) const {
    stable_hash hash;
    for (const auto word : one.taken) hash.add(word);
    hash.add(one.state.value);
    hash.add(one.state.version);
    return hash.value();
  }
};

/// One beginning or end in the history's order, in a doubly linked list out of which operations are
/// lifted when they take place, and into which they return when that was wrong.
struct mark {
  std::size_t operation = 0;
  bool begins = false;
  std::size_t end = 0;  // where it ends, of a beginning
  std::size_t before = 0, next = 0;
};

class search {
 public:
  search(const std::vector<operation>& operations, std::size_t steps_max)
      : operations_(operations), steps_max_(steps_max) {
    now_.taken.resize(operations.size() / 64 + 1);
    lay_out();
  }

  verdict run() {
    auto at = marks_[0].next;
    for (std::size_t steps = 0; missing_ > 0; ++steps) {
      if (steps == steps_max_) return verdict::inconclusive;
      if (at != last_ && marks_[at].begins) {
        at = take(at) ? marks_[0].next : marks_[at].next;
        continue;
      }
      // An end whose operation could not take place, or nothing left to try: the last step back.
      if (steps_.empty()) return verdict::refuted;
      at = marks_[give_back()].next;
    }
    return verdict::linearizable;
  }

  std::string story() const {
    std::string out = "possible: " + std::to_string(best_.size()) + " of " +
                      std::to_string(operations_.size()) + "\n";
    const std::size_t shown = std::min<std::size_t>(best_.size(), 5);
    for (auto at = best_.size() - shown; at < best_.size(); ++at)
      out += "  " + to_text(operations_[best_[at]]) + "\n";
    out += "then none of these:\n";
    for (std::size_t at = 0, listed = 0; at < operations_.size() && listed < 10; ++at) {
      if (std::find(best_.begin(), best_.end(), at) != best_.end()) continue;
      out += "  " + to_text(operations_[at]) + "\n";
      ++listed;
    }
    return out;
  }

 private:
  struct step {
    std::size_t begin = 0;
    register_state before;
  };

  void lay_out() {
    struct placed {
      std::uint64_t position;
      std::size_t operation;
      bool begins;
    };
    std::vector<placed> order;
    for (std::size_t at = 0; at < operations_.size(); ++at) {
      const auto& one = operations_[at];
      order.push_back({one.began, at, true});
      const auto never = std::numeric_limits<std::uint64_t>::max();
      order.push_back({one.ended == 0 ? never : one.ended, at, false});
      if (one.end != ask_end::unknown) ++missing_;
    }
    std::stable_sort(order.begin(), order.end(),
                     [](const placed& a, const placed& b) { return a.position < b.position; });
    marks_.resize(order.size() + 2);
    last_ = order.size() + 1;
    std::vector<std::size_t> begins(operations_.size());
    for (std::size_t at = 0; at <= last_; ++at) {
      marks_[at].before = at == 0 ? 0 : at - 1;
      marks_[at].next = std::min(at + 1, last_);
      if (at == 0 || at == last_) continue;
      const auto& one = order[at - 1];
      marks_[at].operation = one.operation;
      marks_[at].begins = one.begins;
      if (one.begins) begins[one.operation] = at;
      else marks_[begins[one.operation]].end = at;
    }
  }

  std::uint64_t bit_of(std::size_t operation) const { return std::uint64_t{1} << operation % 64; }

  /// Lets the operation take place here; false when it cannot, or when that was tried before.
  bool take(std::size_t begin) {
    const auto index = marks_[begin].operation;
    const auto next = after(operations_[index], now_.state);
    if (!next) return false;
    const auto before = now_.state;
    now_.taken[index / 64] |= bit_of(index);
    now_.state = *next;
    if (!seen_.insert(now_).second) {
      now_.taken[index / 64] &= ~bit_of(index);
      now_.state = before;
      return false;
    }
    steps_.push_back({begin, before});
    unlink(begin);
    unlink(marks_[begin].end);
    if (operations_[index].end != ask_end::unknown) --missing_;
    if (steps_.size() > best_.size()) {
      best_.clear();
      for (const auto& one : steps_) best_.push_back(marks_[one.begin].operation);
    }
    return true;
  }

  std::size_t give_back() {
    const auto last = steps_.back();
    steps_.pop_back();
    const auto index = marks_[last.begin].operation;
    link(marks_[last.begin].end);
    link(last.begin);
    now_.taken[index / 64] &= ~bit_of(index);
    now_.state = last.before;
    if (operations_[index].end != ask_end::unknown) ++missing_;
    return last.begin;
  }

  void unlink(std::size_t at) {
    marks_[marks_[at].before].next = marks_[at].next;
    marks_[marks_[at].next].before = marks_[at].before;
  }
  void link(std::size_t at) {
    marks_[marks_[at].before].next = at;
    marks_[marks_[at].next].before = at;
  }

  const std::vector<operation>& operations_;
  std::size_t steps_max_;
  std::vector<mark> marks_;  // 0: before the first
  std::size_t last_ = 0;     // behind the last
  std::size_t missing_ = 0;  // operations that must have taken place and have no place yet
  situation now_;
  std::vector<step> steps_;
  std::vector<std::size_t> best_;
  std::unordered_set<situation, situation_hash> seen_;
};

/// What can have had an effect or shown one.
std::vector<operation> telling(const std::vector<operation>& operations) {
  std::vector<operation> out;
  for (const auto& one : operations) {
    const bool unheard_read = one.end == ask_end::unknown && one.asked.kind == ask_kind::read;
    if (one.end != ask_end::failed && !unheard_read) out.push_back(one);
  }
  return out;
}

}  // namespace

judgement judge_key(const std::vector<operation>& operations, const check_bounds& bounds) {
  const auto those = telling(operations);
  const auto unknown = static_cast<std::size_t>(
      std::count_if(those.begin(), those.end(),
                    [](const operation& one) { return one.end == ask_end::unknown; }));
  if (those.size() > bounds.operations_max)
    return {verdict::inconclusive, "", std::to_string(those.size()) + " operations: too many"};
  if (unknown > bounds.unknown_max)
    return {verdict::inconclusive, "", std::to_string(unknown) + " unknown ends: too many"};
  search through(those, bounds.steps_max);
  const auto is = through.run();
  if (is == verdict::linearizable) return {};
  return {is, "", is == verdict::refuted ? through.story() : "too many orders to try"};
}

judgement judge(const history& all, const check_bounds& bounds) {
  judgement worst;
  for (const auto& [key, operations] : all.by_key()) {
    auto one = judge_key(operations, bounds);
    one.key = key;
    if (one.is == verdict::refuted) return one;
    const bool first_open = one.is == verdict::inconclusive && worst.is == verdict::linearizable;
    if (first_open) worst = std::move(one);
  }
  return worst;
}

}  // namespace resalehub::simulation
