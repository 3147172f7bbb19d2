#pragma once
/// How json.hpp walks a type. Nobody includes this but json.hpp.

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/json_bytes.hpp"
#include "base/json_tokens.hpp"
#include "base/shapes.hpp"

namespace resalehub::json_text {

// -- out ------------------------------------------------------------------------------------------

/// `,"name":` put together while compiling.
template <class D>
inline constexpr auto member_key = [] {
  constexpr auto name = written_name(D::name);
  std::array<char, name.size() + 4> key{',', '"'};
  for (std::size_t i = 0; i < name.size(); ++i) key[2 + i] = name[i];
  key[name.size() + 2] = '"';
  key[name.size() + 3] = ':';
  return key;
}();

template <class T>
void write(std::string& out, const T& value);

template <class T>
void write_structure(std::string& out, const T& value) {
  bool first = true;
  out += '{';
  [&]<class... D>(boost::mp11::mp_list<D...>) {
    ((out.append(member_key<D>.data() + first, member_key<D>.size() - first), first = false,
      write(out, value.*D::pointer)), ...);
  }(listed_members<T>{});
  out += '}';
}

template <class T>
void write_table(std::string& out, const T& value) {
  char before = '{';
  for (const auto& [key, one] : value) {
    out += std::exchange(before, ',');
    write(out, key);
    out += ':';
    write(out, one);
  }
  out += value.empty() ? "{}" : "}";
}

template <class T>
void write_sequence(std::string& out, const T& value) {
  char before = '[';
  for (const auto& one : value) {
    out += std::exchange(before, ',');
    write(out, one);
  }
  out += value.empty() ? "[]" : "]";
}

template <class T>
void write(std::string& out, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::is_same_v<T, code>) {
    write_text(out, row_of(value).name);
  } else if constexpr (described_enum<T>) {
    write_text(out, name_of(value));
  } else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
    write_signed(out, value);
  } else if constexpr (std::is_integral_v<T>) {
    write_unsigned(out, value);
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    write_text(out, value);
  } else if constexpr (std::is_same_v<T, raw_json>) {
    out += value.text;
  } else if constexpr (std::is_same_v<T, milliseconds>) {
    write_signed(out, value.count());
  } else if constexpr (is_typed_id<T>) {
    write(out, static_cast<entity_id>(value));
  } else if constexpr (is_bounded<T>) {
    write(out, value.value);
  } else if constexpr (is_optional<T>) {
    if (value) write(out, *value);
    else out += "null";
  } else if constexpr (is_sequence<T>) {
    write_sequence(out, value);
  } else if constexpr (is_table<T>) {
    write_table(out, value);
  } else if constexpr (structure<T>) {
    write_structure(out, value);
  } else {
    static_assert(is_unknown<T>, "this type has no JSON form: describe it with Boost.Describe");
  }
}

// -- in -------------------------------------------------------------------------------------------

template <class T>
void read(reader& from, std::uint32_t at, const path& where, T& value);

template <class T>
inline constexpr auto members_read = []<class... D>(boost::mp11::mp_list<D...>) {
  return std::array<reader::member, sizeof...(D)>{reader::member{
      written_name(D::name),
      !is_optional<std::remove_reference_t<decltype(std::declval<T&>().*D::pointer)>>,
      [](reader& from, std::uint32_t at, const path& where, void* object) {
        read(from, at, where, static_cast<T*>(object)->*D::pointer);
      }}...};
}(listed_members<T>{});

template <class E>
inline constexpr auto names_read = []<class... D>(boost::mp11::mp_list<D...>) {
  return std::array<std::string_view, sizeof...(D)>{written_name(D::name)...};
}(boost::mp11::mp_rename<boost::describe::describe_enumerators<E>, boost::mp11::mp_list>{});

template <class E>
inline constexpr auto values_read = []<class... D>(boost::mp11::mp_list<D...>) {
  return std::array<E, sizeof...(D)>{D::value...};
}(boost::mp11::mp_rename<boost::describe::describe_enumerators<E>, boost::mp11::mp_list>{});

template <class T>
void read_whole(reader& from, std::uint32_t at, const path& where, T& value) {
  using limits = std::numeric_limits<T>;
  reader::bounds within{-whole_max, whole_max};
  if (std::cmp_greater(limits::min(), within.low)) within.low = limits::min();
  if (std::cmp_less(limits::max(), within.high))
    within.high = static_cast<std::int64_t>(limits::max());
  if (const auto number = from.read_number(at, where, within)) value = static_cast<T>(*number);
}

template <class T>
void read_sequence(reader& from, std::uint32_t at, const path& where, T& value) {
  if (!from.expect(at, where, token_kind::array, "an array")) return;
  std::int64_t index = 0;
  for (auto child = at + 1; child < from.behind(at); child = from.behind(child)) {
    typename T::value_type one{};
    read(from, child, path{&where, {}, index++}, one);
    value.insert(value.end(), std::move(one));
  }
}

template <class T>
void read_table(reader& from, std::uint32_t at, const path& where, T& value) {
  static_assert(std::is_same_v<typename T::key_type, std::string>, "keys of JSON are strings");
  if (!from.expect(at, where, token_kind::object, "an object")) return;
  for (auto key = at + 1; key < from.behind(at); key = from.behind(key + 1)) {
    typename T::mapped_type one{};
    read(from, key + 1, path{&where, from.text_at(key)}, one);
    value.emplace(from.text_at(key), std::move(one));
  }
}

template <class T>
void read_id(reader& from, std::uint32_t at, const path& where, T& value) {
  entity_id any;
  from.read(at, where, any);
  if (any.is_nobody()) return;  // refused already
  if (T::holds(any)) value = T{any};
  else from.refuse(where, code::not_found, "there is nothing of this id");
}

template <class T>
void read(reader& from, std::uint32_t at, const path& where, T& value) {
  if constexpr (requires { from.read(at, where, value); }) {
    from.read(at, where, value);
  } else if constexpr (described_enum<T>) {
    if (const auto found = from.read_name(at, where, names_read<T>)) value = values_read<T>[*found];
  } else if constexpr (std::is_integral_v<T>) {
    read_whole(from, at, where, value);
  } else if constexpr (std::is_same_v<T, raw_json>) {
    value.text = from.written(at);
  } else if constexpr (is_typed_id<T>) {
    read_id(from, at, where, value);
  } else if constexpr (is_text<T>) {
    from.read_bounded(at, where, {T::min, T::max, T::form}, value.value);
  } else if constexpr (is_whole<T>) {
    if (const auto number = from.read_number(at, where, {T::low, T::high})) value.value = *number;
  } else if constexpr (is_optional<T>) {
    if (from.kind_at(at) != token_kind::null) read(from, at, where, value.emplace());
  } else if constexpr (is_sequence<T>) {
    read_sequence(from, at, where, value);
  } else if constexpr (is_table<T>) {
    read_table(from, at, where, value);
  } else if constexpr (structure<T>) {
    static_assert(members_read<T>.size() <= 64, "more members than one reading can remember");
    from.read_members(at, where, members_read<T>, &value);
  } else {
    static_assert(is_unknown<T>, "this type cannot be read from JSON: describe it");
  }
}

}  // namespace resalehub::json_text

namespace resalehub {

template <class T>
void write_json(std::string& out, const T& value) {
  json_text::write(out, value);
}

template <class T>
result<T> from_json(std::string_view text) {
  auto parsed = json_text::parse(text);
  if (!parsed) return std::move(parsed).problem();
  json_text::reader from{*parsed};
  T value{};
  json_text::read(from, 0, json_text::path{}, value);
  if (auto refused = from.refusal()) return std::move(*refused);
  return value;
}

}  // namespace resalehub
