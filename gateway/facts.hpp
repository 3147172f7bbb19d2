#pragma once
/// Facts that a command needs of other entities: a rule reads no other entity, so the gateway asks
/// first. A repeated request has its recorded answer even when the facts are gone meanwhile.

#include <optional>
#include <vector>

#include "actors/listing_view.hpp"
#include "actors/sale_line.hpp"
#include "gateway/exchange.hpp"

namespace resalehub {

/// not_found for a listing that nobody else may see.
task<result<listing::quote>> quote_of(const exchange& x, listing_id id);

/// In the order of the lines; nothing for what is not to be had any more.
task<result<std::vector<std::optional<listing::quote>>>> quotes_of(
    const exchange& x, const std::vector<sale_line>& lines);

/// The answer to a command that was sent although its facts were refused: a record's, or the
/// refusal of the facts.
template <class Facts>
result<answer> answered_on_facts(result<answer>&& answered, const result<Facts>& facts) {
  const bool replayed = answered ? answered->replayed : answered.problem().replayed;
  if (facts || replayed) return std::move(answered);
  if (!answered && answered.problem().code == code::idempotency_key_reused)
    return std::move(answered);
  return facts.problem();
}

}  // namespace resalehub
