#include "tests/simulation/linearizability.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/simulation/streams.hpp"

namespace resalehub::simulation {
namespace {

/// A history as a drawing: each operation with its beginning and end on one scale. 0: no end.
class drawn {
 public:
  drawn& read(int from, int to, register_seen seen) {
    return add({.end = ask_end::ok, .seen = seen}, from, to);
  }
  drawn& write(int from, int to, std::uint64_t value, std::uint64_t version = 0) {
    return add({.asked = {.kind = ask_kind::write, .value = value},
                .end = ask_end::ok,
                .seen = {.version = version}},
               from, to);
  }
  struct exchange {
    std::uint64_t expected, value;
  };
  drawn& set(int from, int to, exchange what, ask_end end = ask_end::ok) {
    return add({.asked = {ask_kind::compare_and_set, what.value, what.expected}, .end = end}, from,
               to);
  }
  drawn& unknown_write(int from, std::uint64_t value) {
    return add({.asked = {.kind = ask_kind::write, .value = value}}, from, 0);
  }
  drawn& unknown_set(int from, exchange what) { return set(from, 0, what, ask_end::unknown); }
  drawn& failed_write(int from, int to, std::uint64_t value) {
    return add({.asked = {.kind = ask_kind::write, .value = value}, .end = ask_end::failed}, from,
               to);
  }
  verdict judged() const { return judge_key(operations_).is; }
  bool accepted() const { return judged() == verdict::linearizable; }
  bool refused() const { return judged() == verdict::refuted; }

 private:
  drawn& add(operation one, int from, int to) {
    one.client = static_cast<std::uint32_t>(operations_.size());
    one.began = static_cast<std::uint64_t>(from);
    one.ended = static_cast<std::uint64_t>(to);
    operations_.push_back(one);
    return *this;
  }
  std::vector<operation> operations_;
};

// -- what it must refuse --------------------------------------------------------------------------

TEST_CASE("a read of a value that nobody wrote is refused") {
  CHECK(drawn().read(1, 2, {7, 1}).refused());
  CHECK(drawn().write(1, 2, 5).read(3, 4, {7, 1}).refused());
  CHECK(drawn().failed_write(1, 2, 7).read(3, 4, {7, 1}).refused());
}

TEST_CASE("a stale read is refused") {
  CHECK(drawn().write(1, 2, 5).read(3, 4, {0, 0}).refused());
  CHECK(drawn().write(1, 2, 5).write(3, 4, 6).read(5, 6, {5, 1}).refused());
  // Fresh, then stale, although the write still lasts.
  CHECK(drawn().write(1, 10, 5).read(2, 3, {5, 1}).read(4, 5, {0, 0}).refused());
}

TEST_CASE("a lost write is refused") {
  CHECK(drawn().write(1, 2, 5, 1).write(3, 4, 6, 2).read(5, 6, {5, 1}).refused());
  CHECK(drawn().write(1, 2, 5, 1).write(3, 4, 6, 1).refused());
  CHECK(drawn().write(1, 2, 5, 1).read(3, 4, {5, 1}).set(5, 6, {0, 9}).refused());
}

TEST_CASE("two heads that both took the same exchange are refused") {
  CHECK(drawn().write(1, 2, 5).set(3, 8, {1, 6}).set(4, 7, {1, 7}).refused());
  CHECK(drawn().write(1, 6, 5, 1).write(2, 5, 6, 1).refused());
}

TEST_CASE("a mismatch that only the right version could meet is refused") {
  CHECK(drawn().write(1, 2, 5).set(3, 4, {1, 6}, ask_end::mismatch).refused());
  CHECK(drawn().set(3, 4, {0, 6}, ask_end::mismatch).refused());
}

TEST_CASE("a write that took effect twice is refused") {
  CHECK(drawn().write(1, 2, 5).read(3, 4, {5, 2}).refused());
  CHECK(drawn().unknown_write(1, 5).write(2, 3, 6).read(4, 5, {5, 2}).write(6, 7, 8).read(8, 9,
        {5, 4}).refused());
}

TEST_CASE("an unknown write that shows before it began, or shows and goes away, is refused") {
  CHECK(drawn().read(1, 2, {5, 1}).unknown_write(3, 5).refused());
  CHECK(drawn().unknown_write(1, 5).read(2, 3, {5, 1}).read(4, 5, {0, 0}).refused());
  CHECK(drawn().write(1, 2, 4).unknown_set(3, {0, 5}).read(4, 5, {5, 2}).refused());
}

TEST_CASE("two readers who see two writes in opposite orders are refused") {
  drawn both;
  both.write(1, 10, 5).write(2, 11, 6);
  both.read(3, 4, {5, 1}).read(5, 6, {6, 2});
  CHECK(both.accepted());
  both.read(7, 8, {5, 2});
  CHECK(both.refused());
}

TEST_CASE("an operation of one key says nothing of another, and a refused key is named") {
  history all;
  all.ok(all.invoke("a", 1, {.kind = ask_kind::write, .value = 5}, 1), {.version = 1}, 2);
  all.ok(all.invoke("b", 1, {}, 3), {0, 0}, 4);
  CHECK(judge(all).is == verdict::linearizable);
  all.ok(all.invoke("a", 1, {}, 5), {0, 0}, 6);
  const auto told = judge(all);
  CHECK(told.is == verdict::refuted);
  CHECK(told.key == "a");
  CHECK(told.story.find("client 1 read: ok 0 version 0") != std::string::npos);
}

// -- what it must accept --------------------------------------------------------------------------

TEST_CASE("one after the other is accepted") {
  CHECK(drawn().accepted());
  CHECK(drawn().read(1, 2, {0, 0}).write(3, 4, 5, 1).read(5, 6, {5, 1}).set(7, 8, {1, 6})
            .read(9, 10, {6, 2}).set(11, 12, {1, 7}, ask_end::mismatch).accepted());
}

TEST_CASE("a read during a write may see it or not") {
  CHECK(drawn().write(1, 4, 5).read(2, 3, {0, 0}).accepted());
  CHECK(drawn().write(1, 4, 5).read(2, 3, {5, 1}).accepted());
}

TEST_CASE("an unknown write may have happened, may happen later, or never") {
  CHECK(drawn().unknown_write(1, 5).read(2, 3, {0, 0}).accepted());
  CHECK(drawn().unknown_write(1, 5).read(2, 3, {5, 1}).accepted());
  CHECK(drawn().unknown_write(1, 5).read(2, 3, {0, 0}).read(4, 5, {5, 1}).accepted());
  CHECK(drawn().unknown_write(1, 5).write(2, 3, 6).read(4, 5, {5, 2}).accepted());
  CHECK(drawn().unknown_set(1, {1, 5}).write(2, 3, 6).read(4, 5, {5, 2}).accepted());
}

TEST_CASE("one of two exchanges wins, the other meets a mismatch or is unknown") {
  CHECK(drawn().set(1, 4, {0, 5}).set(2, 3, {0, 6}, ask_end::mismatch).accepted());
  CHECK(drawn().set(1, 4, {0, 5}).unknown_set(2, {0, 6}).read(5, 6, {5, 1}).accepted());
}

// -- bounds ---------------------------------------------------------------------------------------

TEST_CASE("beyond its bounds it says that it does not know") {
  drawn many;
  for (int at = 0; at < 9; ++at) many.unknown_write(at + 1, 5);
  CHECK(many.judged() == verdict::inconclusive);
  std::vector<operation> reads(20);
  for (std::size_t at = 0; at < reads.size(); ++at)
    reads[at] = {.end = ask_end::ok, .began = 2 * at + 1, .ended = 2 * at + 2};
  CHECK(judge_key(reads).is == verdict::linearizable);
  CHECK(judge_key(reads, {.operations_max = 19}).is == verdict::inconclusive);
  CHECK(judge_key(reads, {.steps_max = 5}).is == verdict::inconclusive);
}

// -- random histories -----------------------------------------------------------------------------

/// Eight clients on a true register: each operation takes effect at an instant between its
/// beginning and its end.
std::vector<operation> true_history(std::uint64_t seed, int count) {
  stream chance(seed, "true history");
  struct effect {
    std::uint64_t at;
    std::size_t index;
  };
  std::vector<operation> out;
  std::vector<effect> effects;
  std::uint64_t free_at[8] = {};
  for (int i = 0; i < count; ++i) {
    auto* const first = std::min_element(free_at, free_at + 8);
    operation one{.client = static_cast<std::uint32_t>(first - free_at)};
    one.began = (*first + 1 + chance.below(20)) * 1'000 + out.size();
    const auto took = 2 + chance.below(40);
    one.ended = one.began + took * 1'000;
    *first = one.ended / 1'000;
    one.asked = {static_cast<ask_kind>(chance.below(3)), chance.below(5), 0};
    effects.push_back({one.began + 1 + chance.below(took * 1'000 - 1), out.size()});
    out.push_back(one);
  }
  std::sort(effects.begin(), effects.end(), [](effect a, effect b) { return a.at < b.at; });
  register_seen now;
  for (const auto& [at, index] : effects) {
    auto& one = out[index];
    one.end = ask_end::ok;
    if (one.asked.kind == ask_kind::compare_and_set) {
      one.asked.expected = now.version - std::min(now.version, chance.below(2));
      if (one.asked.expected != now.version) one.end = ask_end::mismatch;
    }
    const bool writes = one.asked.kind != ask_kind::read && one.end == ask_end::ok;
    if (writes) now = {one.asked.value, now.version + 1};
    one.seen = one.asked.kind == ask_kind::read ? now : register_seen{0, now.version};
  }
  return out;
}

TEST_CASE("what a true register answered to eight clients is accepted, unknown ends included") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    auto all = true_history(seed, 2'000);
    stream chance(seed, "unknown");
    for (int hidden = 0; hidden < 8; ++hidden) {
      auto& one = all[chance.below(all.size())];
      one.end = ask_end::unknown;
      one.ended = 0;
    }
    REQUIRE(judge_key(all).is == verdict::linearizable);
  }
}

TEST_CASE("one answer of a true history changed is refused") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    auto all = true_history(seed, 200);
    stream chance(seed, "lie");
    while (true) {
      auto& one = all[chance.below(all.size())];
      if (one.asked.kind != ask_kind::read) continue;
      one.seen.value = 77;  // never written
      break;
    }
    REQUIRE(judge_key(all).is == verdict::refuted);
  }
}

}  // namespace
}  // namespace resalehub::simulation
