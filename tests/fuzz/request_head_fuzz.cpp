// Random bytes as a request: no input may trip the readers, and none may be judged in another way
// when it arrives in other pieces. Built on demand: ninja request_head_fuzz.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "gateway/request_body.hpp"
#include "gateway/request_head.hpp"

namespace {

using namespace resalehub;

struct reading {
  head_outcome head = head_outcome::need_more;
  body_outcome body = body_outcome::need_more;
  code why{};
  std::size_t taken = 0;
  std::string content;
  friend bool operator==(const reading&, const reading&) = default;
};

/// Reads the bytes in pieces of `piece`; each head prefix is a fresh copy, so that a view which was
/// kept too long is found out.
reading read_in_pieces(const std::string& bytes, std::size_t piece) {
  http_limits limits;
  limits.request_line_bytes = 64;
  limits.header_block_bytes = 256;
  limits.header_fields = 8;
  limits.body_bytes = 100;
  head_reader head(limits);
  body_reader body(limits);
  reading result;
  std::unique_ptr<std::string> prefix;
  std::size_t given = 0;
  while (result.head == head_outcome::need_more && given < bytes.size()) {
    given = std::min(bytes.size(), given + piece);
    auto longer = std::make_unique<std::string>(bytes, 0, given);
    prefix = std::move(longer);
    result.head = head.read(*prefix);
  }
  if (result.head == head_outcome::refused) result.why = head.refusal().why;
  if (result.head != head_outcome::complete) return result;
  result.taken = head.head().size;
  body.start(head.head());
  do {
    auto rest = bytes.substr(result.taken, piece);
    auto [outcome, taken] = body.read(rest, result.content);
    result.body = outcome;
    result.taken += taken;
  } while (result.body == body_outcome::need_more && result.taken < bytes.size());
  if (result.body == body_outcome::refused) result.why = body.refusal().why;
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  auto whole = read_in_pieces(bytes, size + 1);
  for (std::size_t piece : {1, 2, 3, 7})
    if (!(read_in_pieces(bytes, piece) == whole)) std::abort();
  return 0;
}
