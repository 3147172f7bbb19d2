#pragma once
/// Kinds of entities under watch: each awake entity tells before and after it considers something,
/// and whoever hears may throw. Rules stay as they are. One thread.

#include <string_view>
#include <vector>

#include "base/entity_kind.hpp"

namespace resalehub::simulation {

enum class stage : std::uint8_t { before, after };

class consideration_listener {
 public:
  virtual ~consideration_listener() = default;
  /// `type` is the command's or query's.
  virtual void considers(const entity_id& who, std::string_view type, stage how_far) = 0;
};

class watched_kinds {
 public:
  explicit watched_kinds(consideration_listener& hears) : hears_(hears) {}
  ~watched_kinds();
  watched_kinds(const watched_kinds&) = delete;
  watched_kinds& operator=(const watched_kinds&) = delete;

  void add(const entity_kind& kind);
  /// The watched one; null for a kind that was not added.
  const entity_kind* find(kind_prefix prefix) const;

 private:
  consideration_listener& hears_;
  std::vector<std::size_t> slots_;
};

/// The name of a packed variant's alternative; empty when the bytes are no variant.
std::string_view type_in(std::string_view packed_variant);

}  // namespace resalehub::simulation
