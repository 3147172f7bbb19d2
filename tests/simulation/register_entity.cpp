#include "tests/simulation/register_entity.hpp"

#include "base/typed_entity.hpp"

namespace resalehub::simulation::registers {
namespace {

result<decision<event>> decide(const state&, const command& c, const context&) {
  decision<event> made;
  made.events = {written{std::get<write>(c).value}};
  return made;
}
void apply(state& s, const event& e) { s.value = std::get<written>(e).value; }
std::string show(const state& s, const entity_id&) { return std::to_string(s.value); }
result<answer> ask(const state& s, const query&, const context& ctx) {
  return answer{show(s, ctx.by)};
}
void index(const state& s, std::vector<index_row>& rows) {
  rows.push_back({"values", std::to_string(s.value), ""});
}

constexpr rules_of<state, command, event, query> rules{decide, apply, ask, show, index};

}  // namespace

const entity_kind& kind() {
  static const auto made = make_kind<state, command, event, query, rules>("reg", "register");
  return made;
}

std::string write_of(std::uint64_t value) { return packed(command{write{value}}); }
std::string read_of() { return packed(query{read{}}); }
std::uint64_t value_in(const std::string& answer) { return std::stoull(answer); }

}  // namespace resalehub::simulation::registers
