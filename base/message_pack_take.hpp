#pragma once
/// Unpacking along a type, and the ends of message_pack.hpp, which alone includes this.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/message_pack_put.hpp"

namespace resalehub::packing {

template <class T>
bool take(reader& in, T& value);

template <class T>
bool take_number(reader& in, T& value) {
  if constexpr (std::is_signed_v<T>) {
    std::int64_t wide = 0;
    if (!in.signed_number(wide) || !std::in_range<T>(wide)) return false;
    value = static_cast<T>(wide);
  } else {
    std::uint64_t wide = 0;
    if (!in.unsigned_number(wide) || !std::in_range<T>(wide)) return false;
    value = static_cast<T>(wide);
  }
  return true;
}

template <class T>
struct member_row {
  std::string_view name;
  bool (*take)(reader& in, T& value);
};
template <class T>
inline constexpr auto member_rows = []<class... D>(boost::mp11::mp_list<D...>) {
  return std::array<member_row<T>, sizeof...(D)>{member_row<T>{
      written_name(D::name), [](reader& in, T& value) { return take(in, value.*D::pointer); }}...};
}(listed_members<T>{});

/// A field out of place, or of another version.
template <class T>
bool take_any_member(reader& in, T& value) {
  std::string_view name;
  if (!in.text(name)) return false;
  for (const auto& row : member_rows<T>)
    if (row.name == name) return row.take(in, value);
  return in.skip();
}

template <class T>
bool take_structure(reader& in, T& value) {
  std::size_t count = 0;
  if (!in.map(count)) return false;
  bool taken = true;
  // What we wrote ourselves has every field in its place.
  [&]<class... D>(boost::mp11::mp_list<D...>) {
    (void)((taken && (count == 0 || !in.take_literal(member_header<D>.view()) ||
                      (--count, taken = take(in, value.*D::pointer)))) && ...);
  }(listed_members<T>{});
  for (; taken && count > 0; --count) taken = take_any_member(in, value);
  return taken;
}

template <class... Ts>
bool take_alternative(reader& in, std::variant<Ts...>& value) {
  std::size_t count = 0;
  std::string_view name;
  if (!in.map(count) || count != 1 || !in.text(name)) return false;
  bool taken = false;
  (void)((name == type_name<Ts>() &&
          (taken = take_structure(in, value.template emplace<Ts>()), true)) || ...);
  return taken;
}

template <class T>
bool take_sequence(reader& in, T& value) {
  std::size_t count = 0;
  if (!in.array(count)) return false;
  value.clear();
  for (std::size_t i = 0; i < count; ++i) {
    typename T::value_type one{};
    if (!take(in, one)) return false;
    value.insert(value.end(), std::move(one));
  }
  return true;
}

template <class T>
bool take_table(reader& in, T& value) {
  std::size_t count = 0;
  if (!in.map(count)) return false;
  value.clear();
  for (std::size_t i = 0; i < count; ++i) {
    typename T::key_type key{};
    typename T::mapped_type one{};
    if (!take(in, key) || !take(in, one)) return false;
    value.insert_or_assign(value.end(), std::move(key), std::move(one));
  }
  return true;
}

template <class T>
bool take_name(reader& in, T& value) {
  std::string_view name;
  if (!in.text(name)) return false;
  std::optional<T> found;
  if constexpr (std::is_same_v<T, code>) found = code_from_name(name);
  else found = enum_from<T>(name);
  if (found) value = *found;
  return found.has_value();
}

template <class T>
bool take(reader& in, T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return in.boolean(value);
  } else if constexpr (std::is_same_v<T, code> || described_enum<T>) {
    return take_name(in, value);
  } else if constexpr (std::is_integral_v<T>) {
    return take_number(in, value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    std::string_view seen;
    return in.text(seen) && (value.assign(seen), true);
  } else if constexpr (std::is_same_v<T, instant>) {
    return in.signed_number(value.unix_ms);
  } else if constexpr (std::is_same_v<T, milliseconds>) {
    std::int64_t count = 0;
    return in.signed_number(count) && (value = milliseconds{count}, true);
  } else if constexpr (is_typed_id<T>) {
    return take_place(in, value.slot, value.unique);
  } else if constexpr (is_bytes<T>) {
    return in.binary(value.data(), value.size());
  } else if constexpr (is_bounded<T>) {
    return take(in, value.value);
  } else if constexpr (is_optional<T>) {
    if (in.take_nil()) return value.reset(), true;
    return take(in, value.emplace());
  } else if constexpr (is_sequence<T>) {
    return take_sequence(in, value);
  } else if constexpr (is_table<T>) {
    return take_table(in, value);
  } else if constexpr (is_pair<T>) {
    std::size_t count = 0;
    return in.array(count) && count == 2 && take(in, value.first) && take(in, value.second);
  } else if constexpr (is_variant<T>::value) {
    return take_alternative(in, value);
  } else if constexpr (structure<T>) {
    return take_structure(in, value);
  } else {
    static_assert(is_unknown<T>, "this type has no packed form: describe it with Boost.Describe");
  }
}

}  // namespace resalehub::packing

namespace resalehub {

template <class T>
void pack(std::string& out, const T& value) {
  packing::put(out, value);
}

template <class T>
bool unpack(std::string_view bytes, T& value) {
  packing::reader in{bytes};
  return packing::take(in, value) && in.at_end();
}

}  // namespace resalehub
