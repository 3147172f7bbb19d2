#include "cluster/stored.hpp"

#include "base/check.hpp"
#include "base/message_pack.hpp"

namespace resalehub {
namespace {

template <class T>
T read(std::string_view bytes) {
  T value;
  check(unpack(bytes, value), "a stored row can be read");
  return value;
}

}  // namespace

std::string encoded(const stored_record& value) { return packed(value); }
std::string encoded(const stored_commit& value) { return packed(value); }
std::string encoded(const stored_request& value) { return packed(value); }
std::string encoded(const queued_effect& value) { return packed(value); }
std::string encoded(const answered& value) { return packed(std::variant<answered>{value}); }

stored_record record_from(std::string_view bytes) { return read<stored_record>(bytes); }
stored_commit commit_from(std::string_view bytes) { return read<stored_commit>(bytes); }
stored_request request_from(std::string_view bytes) { return read<stored_request>(bytes); }
queued_effect effect_from(std::string_view bytes) { return read<queued_effect>(bytes); }

}  // namespace resalehub
