#pragma once
/// The list of kinds: hosting, metrics and documents follow from it. Any thread.

#include <span>
#include <vector>

#include "actors/machine.hpp"
#include "base/entity_kind.hpp"

namespace resalehub {

std::span<const entity_kind> catalog();

/// Null for a prefix that is no kind's.
const entity_kind* kind_of(kind_prefix prefix);

/// The table of every state machine, for documents.
std::vector<drawn_machine> drawn_machines();

}  // namespace resalehub
