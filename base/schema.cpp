#include "base/schema.hpp"

#include <cctype>

namespace resalehub {
namespace schema_text {

std::string of_text(std::size_t min, std::size_t max, text_form form) {
  std::string out = R"({"type":"string","minLength":)" + std::to_string(min) +
                    R"(,"maxLength":)" + std::to_string(max);
  switch (form) {
    case text_form::opaque: out += R"(,"pattern":"^[!-~]*$")"; break;
    case text_form::secret: out += R"(,"format":"password")"; break;
    case text_form::line:
    case text_form::paragraph: break;
  }
  return out + "}";
}

std::string of_whole(std::int64_t low, std::int64_t high) {
  return R"({"type":"integer","minimum":)" + std::to_string(low) + R"(,"maximum":)" +
         std::to_string(high) + "}";
}

std::string of_id(kind_prefix kind) {
  const std::string letters = kind.packed == 0 ? "[a-z]{1,4}" : kind.text();
  return R"({"type":"string","pattern":"^)" + letters +
         R"(_[0-9A-HJKMNP-TV-Z]{3}[0-7][0-9A-HJKMNP-TV-Z]{25}$"})";
}

std::string of_names(const std::string_view* names, std::size_t count) {
  std::string out = R"({"type":"string","enum":[)";
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    json_text::write_text(out, names[i]);
  }
  return out + "]}";
}

std::string of_optional(std::string schema) {
  return R"({"anyOf":[)" + std::move(schema) + R"(,{"type":"null"}]})";
}

std::string reference(const std::string& component) {
  return R"({"$ref":"#/components/schemas/)" + component + R"("})";
}

std::string component_name(std::string_view qualified) {
  std::string out;
  while (!qualified.empty()) {
    const auto colons = qualified.find("::");
    const auto word = qualified.substr(0, colons);
    qualified.remove_prefix(colons == std::string_view::npos ? qualified.size() : colons + 2);
    if (word == "resalehub" || word.starts_with('{')) continue;  // "{anonymous}"
    if (!out.empty()) out += '_';
    for (const char c : word)
      out += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ? c : '_';
  }
  return out;
}

void object::add(std::string_view name, const std::string& schema, presence must) {
  if (!properties_.empty()) properties_ += ',';
  json_text::write_text(properties_, name);
  properties_ += ':';
  properties_ += schema;
  if (must == presence::optional) return;
  if (!required_.empty()) required_ += ',';
  json_text::write_text(required_, name);
}

std::string object::text(schema_use use) const {
  std::string out = R"({"type":"object","properties":{)" + properties_ + "}";
  if (!required_.empty()) out += R"(,"required":[)" + required_ + "]";
  if (use == schema_use::request) out += R"(,"additionalProperties":false)";
  return out + "}";
}

}  // namespace schema_text

std::string schema_book::of_money() {
  schema_text::object schema;
  using presence = schema_text::object::presence;
  schema.add("amount", of<std::int64_t>(schema_use::answer), presence::required);
  schema.add("currency", of<currency>(schema_use::answer), presence::required);
  components_.emplace("money", schema.text(schema_use::answer));
  return schema_text::reference("money");
}

std::string schema_book::of_price() {
  schema_text::object schema;
  using presence = schema_text::object::presence;
  schema.add("amount", schema_text::of_whole(1, money_amount_max), presence::required);
  schema.add("currency", of<currency>(schema_use::request), presence::required);
  components_.emplace("price", schema.text(schema_use::request));
  return schema_text::reference("price");
}

std::string schema_book::components_json() const {
  std::string out = "{";
  for (const auto& [name, schema] : components_) {
    if (out.size() > 1) out += ',';
    json_text::write_text(out, name);
    out += ':';
    out += schema;
  }
  return out + "}";
}

}  // namespace resalehub
