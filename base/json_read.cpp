#include <algorithm>
#include <array>

#include "base/json_bytes.hpp"
#include "base/json_tokens.hpp"

namespace resalehub::json_text {
namespace {

constexpr std::size_t errors_max = 16;
constexpr std::size_t listed_names_max = 12;

/// Keys come from outside and go back in a pointer.
constexpr std::size_t shown_name_max = 128;

}  // namespace

void reader::refuse(const path& where, code which, std::string sentence) {
  if (errors_.size() < errors_max)
    errors_.push_back({where.pointer(), which, std::move(sentence)});
}

bool reader::expect(std::uint32_t at, const path& where, token_kind kind, std::string_view what) {
  if (kind_at(at) == kind) return true;
  refuse(where, code::validation_failed, "must be " + std::string{what});
  return false;
}

void reader::read(std::uint32_t at, const path& where, bool& value) {
  if (expect(at, where, token_kind::boolean, "true or false"))
    value = from_.tokens[at].number != 0;
}

void reader::read(std::uint32_t at, const path& where, std::string& value) {
  if (!expect(at, where, token_kind::text, "a string")) return;
  if (text_at(at).find('\0') != std::string_view::npos)
    return refuse(where, code::validation_failed, "must not contain NUL");
  value = text_at(at);
}

void reader::read_bounded(std::uint32_t at, const path& where, text_bounds within,
                          std::string& value) {
  if (!expect(at, where, token_kind::text, "a string")) return;
  std::string normalised{text_at(at)};
  auto refused = refusal_of_text(normalised, within.min, within.max, within.form);
  if (refused) return refuse(where, refused->code, std::move(refused->detail));
  value = std::move(normalised);
}

void reader::read(std::uint32_t at, const path& where, instant& value) {
  constexpr std::string_view what = "an RFC 3339 time, as 2026-01-31T12:00:00Z";
  if (!expect(at, where, token_kind::text, what)) return;
  const auto found = from_rfc3339(text_at(at));
  if (found) value = *found;
  else refuse(where, code::validation_failed, "must be " + std::string{what});
}

void reader::read(std::uint32_t at, const path& where, currency& value) {
  constexpr std::string_view what = "an ISO 4217 currency, as EUR";
  if (!expect(at, where, token_kind::text, what)) return;
  const auto found = currency::from_text(text_at(at));
  if (found) value = *found;
  else refuse(where, code::validation_failed, "must be " + std::string{what});
}

void reader::read(std::uint32_t at, const path& where, money& value) {
  read_money(at, where, {-whole_max, whole_max}, value);
}

void reader::read(std::uint32_t at, const path& where, price& value) {
  read_money(at, where, {1, money_amount_max}, value.value);
}

void reader::read_money(std::uint32_t at, const path& where, bounds within, money& value) {
  struct target {
    bounds within;
    money value;
  } found{within, {}};
  static constexpr std::array members{
      member{"amount", true,
             [](reader& from, std::uint32_t at, const path& where, void* object) {
               auto& to = *static_cast<target*>(object);
               if (const auto amount = from.read_number(at, where, to.within))
                 to.value.amount = *amount;
             }},
      member{"currency", true,
             [](reader& from, std::uint32_t at, const path& where, void* object) {
               from.read(at, where, static_cast<target*>(object)->value.currency);
             }}};
  read_members(at, where, members, &found);
  value = found.value;
}

void reader::read(std::uint32_t at, const path& where, entity_id& value) {
  if (!expect(at, where, token_kind::text, "an id")) return;
  const auto found = entity_id_from_text(text_at(at));
  if (found) value = *found;
  else refuse(where, code::not_found, "there is nothing of this id");
}

std::optional<std::size_t> reader::read_name(std::uint32_t at, const path& where,
                                             std::span<const std::string_view> names) {
  if (kind_at(at) == token_kind::text) {
    const auto found = std::find(names.begin(), names.end(), text_at(at));
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  }
  std::string sentence = "must be one of ";
  for (std::size_t i = 0; i < std::min(names.size(), listed_names_max); ++i)
    sentence.append(i == 0 ? "" : ", ").append(names[i]);
  if (names.size() > listed_names_max) sentence += ", ...";
  refuse(where, code::validation_failed, std::move(sentence));
  return std::nullopt;
}

std::optional<std::int64_t> reader::read_number(std::uint32_t at, const path& where,
                                                bounds within) {
  const auto number = from_.tokens[at].number;
  if (kind_at(at) == token_kind::integer && number >= within.low && number <= within.high)
    return number;
  if (kind_at(at) == token_kind::integer || kind_at(at) == token_kind::huge)
    refuse(where, code::out_of_range,
           "must be " + std::to_string(within.low) + " to " + std::to_string(within.high));
  else
    refuse(where, code::validation_failed, "must be a whole number");
  return std::nullopt;
}

void reader::read_members(std::uint32_t at, const path& where, std::span<const member> members,
                          void* object) {
  if (!expect(at, where, token_kind::object, "an object")) return;
  std::uint64_t seen = 0;
  std::size_t expected = 0;
  for (auto key = at + 1; key < behind(at); key = behind(key + 1)) {
    const auto name = text_at(key);
    if (expected >= members.size() || members[expected].name != name)
      for (expected = 0; expected < members.size() && members[expected].name != name;) ++expected;
    if (expected == members.size()) {
      refuse({&where, name.substr(0, shown_name_max)}, code::unknown_field, "is not known here");
      continue;
    }
    members[expected].read(*this, key + 1, {&where, name}, object);
    seen |= std::uint64_t{1} << expected++;
  }
  for (std::size_t i = 0; i < members.size(); ++i)
    if (members[i].required && (seen >> i & 1) == 0)
      refuse({&where, members[i].name}, code::validation_failed, "is required");
}

std::string reader::written(std::uint32_t at) const {
  std::string out;
  const auto& one = from_.tokens[at];
  switch (one.kind) {
    case token_kind::null: out = "null"; break;
    case token_kind::boolean: out = one.number != 0 ? "true" : "false"; break;
    case token_kind::integer: out = std::to_string(one.number); break;
    case token_kind::huge:
    case token_kind::fraction: out = text_at(at); break;
    case token_kind::key:
    case token_kind::text: write_text(out, text_at(at)); break;
    case token_kind::array:
      for (auto child = at + 1; child < one.next; child = behind(child))
        out.append(out.empty() ? "[" : ",").append(written(child));
      out += out.empty() ? "[]" : "]";
      break;
    case token_kind::object:
      for (auto key = at + 1; key < one.next; key = behind(key + 1))
        out.append(out.empty() ? "{" : ",").append(written(key)).append(":").append(
            written(key + 1));
      out += out.empty() ? "{}" : "}";
      break;
  }
  return out;
}

std::optional<problem> reader::refusal() {
  if (errors_.empty()) return std::nullopt;
  const auto first = errors_.front().code;
  const bool alike = std::all_of(errors_.begin(), errors_.end(),
                                 [&](const auto& error) { return error.code == first; });
  problem refused{alike ? first : code::validation_failed, ""};
  refused.detail = row_of(refused.code).title;
  if (refused.code == code::validation_failed || errors_.size() > 1)
    refused.detail = errors_.size() > 1 ? "some fields are wrong" : "a field is wrong";
  refused.errors = std::move(errors_);
  return refused;
}

}  // namespace resalehub::json_text
