#include "actors/machine.hpp"

namespace resalehub {

std::string as_markdown(const drawn_machine& machine) {
  std::string out = "| from | action | who | to |\n| --- | --- | --- | --- |\n";
  for (const auto& row : machine.rows) {
    for (const auto cell : {row.from, row.action, row.who, row.to})
      (out += "| ") += cell, out += ' ';
    out += "|\n";
  }
  return out;
}

std::string as_mermaid(const drawn_machine& machine) {
  std::string out = "stateDiagram-v2\n";
  for (const auto& row : machine.rows) {
    if (row.from == row.to) continue;  // what changes no state is in the table
    ((out += "  ") += row.from == "absent" ? "[*]" : row.from) += " --> ";
    (((out += row.to) += " : ") += row.action) += '\n';
  }
  return out;
}

problem transition_refused(std::string_view action, std::string_view from,
                           std::vector<std::string> allowed) {
  std::string sentence{action};
  sentence += " is not possible while ";
  sentence += from;
  return problem{code::invalid_transition, std::move(sentence)}
      .with("from", std::string{from})
      .with("allowed", std::move(allowed));
}

}  // namespace resalehub
