#include "base/entity.hpp"

#include <sodium.h>

#include <cstring>

#include "base/ports.hpp"

namespace resalehub {

ulid context::fresh_ulid(std::uint64_t number) const {
  // Chance alone is unique enough; who and what are added so that a port with poor chance, in a
  // test, cannot make two entities meet.
  std::uint8_t input[8 + 8 + 16 + 16];
  for (int i = 0; i < 8; ++i) {
    input[i] = static_cast<std::uint8_t>(chance >> (8 * i));
    input[8 + i] = static_cast<std::uint8_t>(number >> (8 * i));
  }
  std::memcpy(input + 16, self.unique.data(), 16);
  std::memcpy(input + 32, request.bytes.data(), 16);
  std::uint8_t hash[16];
  crypto_generichash(hash, sizeof hash, input, sizeof input, nullptr, 0);
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  for (int i = 0; i < 8; ++i) {
    high = high << 8 | hash[i];
    low = low << 8 | hash[8 + i];
  }
  return make_ulid(now, high, low);
}

request_id entropy_port::fresh_request() {
  request_id id;
  fill(id.bytes.data(), id.bytes.size());
  return id;
}

}  // namespace resalehub
