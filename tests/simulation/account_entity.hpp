#pragma once
/// An account that sends numbers to others: what the outbox promises, seen from outside. It trusts
/// the runtime and notes everything as often as it happens: a delivery that takes effect twice is
/// there twice.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/entity_kind.hpp"

namespace resalehub::simulation::accounts {

using account_id = id<kind_prefix{"acc"}.packed>;

struct transfer {
  std::uint64_t number = 0;  ///< its name, everywhere the same
  std::int64_t amount = 0;
  std::vector<account_id> path;  ///< the next who gets it comes first; the last one keeps it
};
struct state {
  bool opened = false;
  std::int64_t balance = 0;
  std::vector<std::uint64_t> sent;      ///< numbers, in their order
  std::vector<std::uint64_t> received;
  std::vector<std::uint64_t> passed_on;
  std::vector<std::uint64_t> answered;  ///< of what was sent or passed on
  std::vector<std::uint64_t> returned;  ///< those that were refused
};
RESALEHUB_DESCRIBE(transfer, number, amount, path)
RESALEHUB_DESCRIBE(state, opened, balance, sent, received, passed_on, answered, returned)

struct open {
  std::int64_t balance = 0;
};
struct send_off {  ///< by a client
  transfer what;
};
/// By an account. One that would end here is refused when `refuses` says so.
struct deposit {
  transfer what;
};
using command = std::variant<open, send_off, deposit, answered>;
RESALEHUB_DESCRIBE(open, balance)
RESALEHUB_DESCRIBE(send_off, what)
RESALEHUB_DESCRIBE(deposit, what)

struct opened {
  std::int64_t balance = 0;
};
struct sent_off {
  transfer what;
};
struct deposited {
  transfer what;
};
struct passed_on {
  transfer what;
};
struct answer_came {
  std::uint64_t number = 0;
};
struct came_back {
  std::uint64_t number = 0;
  std::int64_t amount = 0;
};
using event = std::variant<opened, sent_off, deposited, passed_on, answer_came, came_back>;
RESALEHUB_DESCRIBE(opened, balance)
RESALEHUB_DESCRIBE(sent_off, what)
RESALEHUB_DESCRIBE(deposited, what)
RESALEHUB_DESCRIBE(passed_on, what)
RESALEHUB_DESCRIBE(answer_came, number)
RESALEHUB_DESCRIBE(came_back, number, amount)

struct read {};  ///< -> [mp] state
using query = std::variant<read>;
RESALEHUB_DESCRIBE(read)

/// Follows from the transfer alone: asked again, it is refused again.
bool refuses(const transfer& what);

const entity_kind& kind();

}  // namespace resalehub::simulation::accounts
