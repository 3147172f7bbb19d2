#pragma once
/// A kind of entity with its types forgotten: what the runtime needs to host any of them. Made from
/// a rule's namespace by `make_kind<rules>`, in that rule's .cpp, once.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/entity.hpp"

namespace resalehub {

/// What one decision means for the runtime: everything packed.
struct outcome {
  std::vector<std::string> events;  ///< packed, already applied to the state
  resalehub::reply reply;           ///< `shown` and `kept` are already replaced by `said`
  std::optional<row_place> reply_row;  ///< of `kept`: where the said bytes stand, too
  std::vector<effect> effects;
  std::vector<settlement> settlements;  ///< `shown` is already replaced by `said`
  std::vector<index_row> rows_put;      ///< that follow from the state: the difference
  std::vector<index_row> rows_erased;
};

/// One awake entity. Confined to its actor.
class awake_entity {
 public:
  virtual ~awake_entity() = default;
  /// Decides and applies. A refusal changes nothing. `malformed_request` for undecodable bytes.
  virtual result<outcome> decide(std::string_view command, const context& ctx) = 0;
  virtual result<answer> ask(std::string_view query, const context& ctx) const = 0;
  virtual void fold(std::string_view event) = 0;              ///< check()s that it decodes
  virtual void restore(std::string_view snapshot) = 0;         ///< check()s that it decodes
  virtual std::string snapshot() const = 0;
  /// JSON as this viewer may see it; empty: nothing.
  virtual std::string show(const entity_id&) const { return {}; }
};

struct entity_kind {
  kind_prefix prefix;
  std::string_view name;  ///< "listing": label of metrics and documents
  std::unique_ptr<awake_entity> (*wake)() = nullptr;
  std::vector<std::string_view> hidden;  ///< fields that not even operators are shown
};

}  // namespace resalehub
