#pragma once
/// What a row of the route table holds. Router, body reading, access check, metric label and the
/// OpenAPI document read the same row. Immutable after start: any thread.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/problem.hpp"
#include "base/result.hpp"
#include "gateway/loop.hpp"
#include "gateway/message.hpp"
#include "gateway/parameters.hpp"
#include "gateway/rate_limit.hpp"

namespace resalehub {

struct exchange;
class schema_book;

enum class access : std::uint8_t {
  anonymous,  ///< Authorization is not read: those who sign in may hold a stale token
  anyone,     ///< known when a token is given
  signed_in,
};
enum class door : std::uint8_t { open, admin, both };  ///< on which listener
enum class keyed : std::uint8_t { no, required };       ///< Idempotency-Key
/// Whether If-None-Match may be answered with 304: where the version says all that the answer does.
enum class conditional : std::uint8_t { no, by_version };

/// How a body is read, written canonically and described. One per body type, in one file each.
struct body_kind {
  bool may_be_absent = false;
  result<std::shared_ptr<const void>> (*read)(std::string_view json) = nullptr;
  std::string (*canonical)(const void* body) = nullptr;
  std::string (*schema)(schema_book& book) = nullptr;
};

/// An answer's shape.
struct answer_kind {
  std::string (*schema)(schema_book& book) = nullptr;
};

/// One success of a row.
struct success {
  int status = 200;
  const answer_kind* shape = nullptr;  ///< null: no content
  std::string_view media = "application/json";
};

using handler = task<result<http_response>> (*)(exchange&);

struct route {
  http_method method = http_method::get;
  std::string_view pattern;   ///< "/v1/listings/{id}"
  std::string_view sentence;  ///< what it does
  access who = access::signed_in;
  keyed key = keyed::no;
  rate_class rate = rate_class::read;
  const body_kind* body = nullptr;
  parameter_rows parameters;
  handler respond = nullptr;
  std::vector<success> successes;
  std::vector<code> refusals;  ///< beyond what every route may answer
  door where = door::open;
  conditional repeats = conditional::no;
  bool own_version = false;  ///< If-Match speaks of the caller's own entity

  /// Whether If-Match speaks of anything here: of what the pattern's first place names, or that.
  bool has_version() const { return own_version || pattern.find('{') != std::string_view::npos; }
};

/// The one table.
const std::vector<route>& routes();

/// Whether any row of these takes `target` at this door: which, and what its places hold.
struct matched_route {
  const route* row = nullptr;
  std::vector<std::string> places;  ///< of "{...}" in order, unescaped
  std::string allowed;              ///< for Allow, when the path is known but not the method
};

class router {
 public:
  router(const std::vector<route>& rows, door where);
  /// not_found, or method_not_allowed in `allowed` with a null row.
  result<matched_route> match(http_method method, std::string_view path) const;

 private:
  struct split_row {
    const route* row;
    std::vector<std::string_view> parts;
  };
  std::vector<split_row> rows_;
};

}  // namespace resalehub
