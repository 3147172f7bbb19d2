#pragma once
/// The smallest entity there is: one value. For checks of linearizability: its version counts its
/// writes.

#include <cstdint>
#include <string>
#include <variant>

#include "base/entity_kind.hpp"

namespace resalehub::simulation::registers {

using register_id = id<kind_prefix{"reg"}.packed>;

struct state {
  std::uint64_t value = 0;
};
struct write {
  std::uint64_t value = 0;
};
using command = std::variant<write>;
struct written {
  std::uint64_t value = 0;
};
using event = std::variant<written>;
struct read {};
using query = std::variant<read>;

RESALEHUB_DESCRIBE(state, value)
RESALEHUB_DESCRIBE(write, value)
RESALEHUB_DESCRIBE(written, value)
RESALEHUB_DESCRIBE(read)

const entity_kind& kind();
std::string write_of(std::uint64_t value);
std::string read_of();
std::uint64_t value_in(const std::string& answer);

}  // namespace resalehub::simulation::registers
