#pragma once
/// The everyday command that is measured: a chat message with a body of 256 bytes (POST
/// /v1/rooms/{id}/messages). It carries its own payload, asks no other entity for facts, is keyed
/// by nature, and happens in many entities of many users at once.

#include <cstdint>
#include <string>
#include <vector>

#include "bench/market.hpp"

namespace resalehub::bench {

constexpr std::size_t message_bytes = 256;

/// Unlike any other of this run, and always as long: what tells two messages apart.
std::string message_number();

/// Messages to a room at random, with everything but the client's id prepared.
class chatter {
 public:
  explicit chatter(const std::vector<owned>& rooms);

  script what();

 private:
  std::vector<std::string> heads_;
  std::uint64_t random_ = 1;
};

/// One message to one room.
request message_to(const owned& room);

/// Rooms of 64 buyers about 16 listings, and who is in them: what chatter talks in.
struct talking_market {
  explicit talking_market(const endpoint& to);

  std::vector<person> people;
  std::vector<owned> rooms;
};

}  // namespace resalehub::bench
