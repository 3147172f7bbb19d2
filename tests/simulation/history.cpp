#include "tests/simulation/history.hpp"

#include "base/check.hpp"

namespace resalehub::simulation {

history::call history::invoke(std::string key, std::uint32_t client, register_ask asked,
                              virtual_ns at) {
  auto& operations = by_key_[key];
  operation one{.client = client, .asked = asked, .began_at = at, .began = ++position_};
  operations.push_back(one);
  return {std::move(key), operations.size() - 1};
}

operation& history::open(const call& which) {
  const auto found = by_key_.find(which.key);
  check(found != by_key_.end() && which.index < found->second.size(), "only what began ends");
  auto& one = found->second[which.index];
  check(one.ended == 0 && one.ended_at == 0, "an operation ends once");
  return one;
}

void history::close(operation& one, ask_end end, virtual_ns at) {
  one.end = end;
  one.ended_at = at;
  one.ended = ++position_;
}

void history::ok(const call& which, register_seen seen, virtual_ns at) {
  auto& one = open(which);
  one.seen = seen;
  close(one, ask_end::ok, at);
}

void history::mismatch(const call& which, virtual_ns at) {
  auto& one = open(which);
  check(one.asked.kind == ask_kind::compare_and_set, "only compare_and_set finds a mismatch");
  close(one, ask_end::mismatch, at);
}

void history::failed(const call& which, virtual_ns at) { close(open(which), ask_end::failed, at); }

void history::unknown(const call& which, virtual_ns at) {
  auto& one = open(which);
  close(one, ask_end::unknown, at);
  one.ended = 0;  // its effect may still come
}

std::string to_text(const operation& one) {
  const auto n = [](auto number) { return std::to_string(number); };
  std::string out = "client " + n(one.client) + " ";
  switch (one.asked.kind) {
    case ask_kind::read: out += "read"; break;
    case ask_kind::write: out += "write " + n(one.asked.value); break;
    case ask_kind::compare_and_set:
      out += "set " + n(one.asked.value) + " if version " + n(one.asked.expected);
      break;
  }
  switch (one.end) {
    case ask_end::unknown: out += ": unknown"; break;
    case ask_end::ok: out += ": ok " + n(one.seen.value) + " version " + n(one.seen.version); break;
    case ask_end::mismatch: out += ": mismatch"; break;
    case ask_end::failed: out += ": failed"; break;
  }
  return out + ", " + n(one.began_at / microsecond_ns) + " to " +
         (one.ended == 0 ? std::string("the end") : n(one.ended_at / microsecond_ns)) + " us";
}

}  // namespace resalehub::simulation
