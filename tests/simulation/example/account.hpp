#pragma once
/// The example of docs/fault-injection.md: an account that pays in, and sends money to another one.
/// What is sent is under way until the other account has said that it has it, or that it will not.

#include <cstdint>
#include <string>
#include <variant>

#include "base/entity_kind.hpp"

namespace resalehub::simulation::example {

using account_id = id<kind_prefix{"acc"}.packed>;

struct state {
  std::int64_t balance_minor = 0;
  std::int64_t under_way_minor = 0;
  bool frozen = false;
};

struct deposit {
  std::int64_t amount_minor = 0;
};
struct transfer {
  entity_id to;
  std::int64_t amount_minor = 0;
};
struct credit {  ///< by another account
  std::int64_t amount_minor = 0;
};
struct freeze {};
using command = std::variant<deposit, transfer, credit, freeze, answered>;

struct deposited {
  std::int64_t amount_minor = 0;
};
struct sent {
  std::int64_t amount_minor = 0;
};
struct arrived {  ///< there
  std::int64_t amount_minor = 0;
};
struct came_back {
  std::int64_t amount_minor = 0;
};
struct frozen {};
using event = std::variant<deposited, sent, arrived, came_back, frozen>;

struct look {};  ///< -> [mp] state
using query = std::variant<look>;

RESALEHUB_DESCRIBE(state, balance_minor, under_way_minor, frozen)
RESALEHUB_DESCRIBE(deposit, amount_minor)
RESALEHUB_DESCRIBE(transfer, to, amount_minor)
RESALEHUB_DESCRIBE(credit, amount_minor)
RESALEHUB_DESCRIBE(freeze)
RESALEHUB_DESCRIBE(deposited, amount_minor)
RESALEHUB_DESCRIBE(sent, amount_minor)
RESALEHUB_DESCRIBE(arrived, amount_minor)
RESALEHUB_DESCRIBE(came_back, amount_minor)
RESALEHUB_DESCRIBE(frozen)
RESALEHUB_DESCRIBE(look)

const entity_kind& kind();

}  // namespace resalehub::simulation::example
