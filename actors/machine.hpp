#pragma once
/// A state machine as data: one table that decides, fills allowed_actions and is drawn in the
/// documents. Values, any thread.

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/described.hpp"
#include "base/result.hpp"

namespace resalehub {

/// In what part somebody acts on an entity; which user or entity that is, the entity knows.
enum class party {
  anyone,
  owner,
  seller,
  buyer,
  member,
  process,  ///< another entity, in its turn of a process
  system,   ///< a timer, or what follows from the state alone
};
BOOST_DESCRIBE_ENUM(party, anyone, owner, seller, buyer, member, process, system)

template <class Phase, class Action>
struct transition {
  Phase from;
  Action action;
  party who;
  Phase to;
};

/// A table with its types forgotten, for documents.
struct drawn_machine {
  struct row {
    std::string_view from, action, who, to;
  };
  std::string_view name;
  std::vector<row> rows;
};
std::string as_markdown(const drawn_machine& machine);  ///< a table
std::string as_mermaid(const drawn_machine& machine);   ///< a stateDiagram-v2

/// invalid_transition with meta from and allowed.
problem transition_refused(std::string_view action, std::string_view from,
                           std::vector<std::string> allowed);

/// Rows in the order in which allowed_actions names them.
template <class Phase, class Action, std::size_t Rows>
struct machine {
  std::string_view name;
  std::array<transition<Phase, Action>, Rows> rows;

  /// Where this leads, or invalid_transition; not_found when nothing of this kind is for `who`.
  result<Phase> next(Phase from, Action action, party who) const {
    bool theirs = false;
    for (const auto& row : rows) {
      if (row.action != action || row.who != who) continue;
      if (row.from == from) return row.to;
      theirs = true;
    }
    if (!theirs) return problem{code::not_found, "there is nothing here for you"};
    return transition_refused(name_of(action), name_of(from), allowed(from, who));
  }

  std::vector<std::string> allowed(Phase from, party who) const {
    std::vector<std::string> names;
    for (const auto& row : rows)
      if (row.from == from && row.who == who) names.emplace_back(name_of(row.action));
    return names;
  }

  drawn_machine drawn() const {
    drawn_machine out{name, {}};
    for (const auto& row : rows)
      out.rows.push_back(
          {name_of(row.from), name_of(row.action), name_of(row.who), name_of(row.to)});
    return out;
  }
};

template <class Phase, class Action, std::size_t Rows>
constexpr machine<Phase, Action, Rows> machine_of(std::string_view name,
                                                  const transition<Phase, Action> (&rows)[Rows]) {
  return {name, std::to_array(rows)};
}

}  // namespace resalehub
