#pragma once
/// What clients asked of registers and what they heard, in the order in which it happened: the
/// order of the calls here. A register holds a value and a version, both 0 before the first write;
/// each write adds 1 to the version. One thread.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/simulation/virtual_time.hpp"

namespace resalehub::simulation {

enum class ask_kind : std::uint8_t { read, write, compare_and_set };
enum class ask_end : std::uint8_t {
  unknown,   ///< or still open: may have taken effect, once, at any time since it began; or never
  ok,
  mismatch,  ///< a compare_and_set that found another version
  failed,    ///< certainly took no effect
};

struct register_ask {
  ask_kind kind = ask_kind::read;
  std::uint64_t value = 0;     ///< to write
  std::uint64_t expected = 0;  ///< the version that compare_and_set wants to find
};
/// What an `ok` tells: a read the value and its version; a write the version that it made, or 0
/// when the answer does not say.
struct register_seen {
  std::uint64_t value = 0;
  std::uint64_t version = 0;
};

struct operation {
  std::uint32_t client = 0;
  register_ask asked;
  ask_end end = ask_end::unknown;
  register_seen seen;
  virtual_ns began_at = 0, ended_at = 0;
  std::uint64_t began = 0;  ///< position among all beginnings and ends of the history
  std::uint64_t ended = 0;  ///< 0: never
};

class history {
 public:
  struct call {
    std::string key;
    std::size_t index = 0;
  };

  call invoke(std::string key, std::uint32_t client, register_ask asked, virtual_ns at);
  void ok(const call& which, register_seen seen, virtual_ns at);
  void mismatch(const call& which, virtual_ns at);
  void failed(const call& which, virtual_ns at);
  /// The client gave up. It may ask again, under another client's number.
  void unknown(const call& which, virtual_ns at);

  const std::map<std::string, std::vector<operation>>& by_key() const { return by_key_; }

 private:
  operation& open(const call& which);
  void close(operation& one, ask_end end, virtual_ns at);

  std::map<std::string, std::vector<operation>> by_key_;
  std::uint64_t position_ = 0;
};

std::string to_text(const operation& one);

}  // namespace resalehub::simulation
