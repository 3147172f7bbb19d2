#include "config/explain.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace resalehub {
namespace {

/// What is explained may be pasted anywhere.
bool is_secret(const any_option& one) { return one.name().ends_with(".token"); }

std::string shown_value(const any_option& one) {
  auto text = one.text();
  if (text.empty()) return "(none)";
  return is_secret(one) ? "(set)" : text;
}

std::string shown_json(const any_option& one) {
  return is_secret(one) ? to_json(one.text().empty() ? std::string{} : std::string{"(set)"})
                        : one.json();
}

void append_padded(std::string& out, std::string_view text, std::size_t width) {
  out.append(text).append(width - std::min(width, text.size()) + 2, ' ');
}

struct explained {
  std::string name;
  raw_json value;
  std::string source;
  std::string accepted;
  std::string sentence;
};
BOOST_DESCRIBE_STRUCT(explained, (), (name, value, source, accepted, sentence))

}  // namespace

std::string explain(const options& all) {
  std::size_t name_width = 0;
  std::size_t value_width = 0;
  std::size_t source_width = 0;
  for (const auto* one : all.all) {
    name_width = std::max(name_width, one->name().size());
    value_width = std::max(value_width, shown_value(*one).size());
    source_width = std::max(source_width, one->source().size());
  }
  std::string out;
  for (const auto* one : all.all) {
    append_padded(out, one->name(), name_width);
    append_padded(out, shown_value(*one), value_width);
    append_padded(out, one->source(), source_width);
    out.append(one->sentence()).append(" [").append(one->accepted()).append("]\n");
  }
  return out;
}

std::string explain_json(const options& all) {
  std::vector<explained> rows;
  for (const auto* one : all.all)
    rows.push_back({std::string{one->name()}, {shown_json(*one)}, one->source(), one->accepted(),
                    std::string{one->sentence()}});
  return to_json(rows);
}

}  // namespace resalehub
