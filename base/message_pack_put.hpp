#pragma once
/// Packing along a type. Nobody includes this but message_pack_take.hpp.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/message_pack_bytes.hpp"
#include "base/shapes.hpp"
#include "base/time.hpp"

namespace resalehub::packing {

/// The header and the name of a member or alternative, put together while compiling.
template <std::size_t Size>
struct packed_name {
  char bytes[Size + 2]{};
  std::size_t size = 0;

  constexpr explicit packed_name(std::string_view name) {
    if (name.size() < 32) {
      bytes[size++] = static_cast<char>(0xA0 | name.size());
    } else {
      bytes[size++] = static_cast<char>(0xD9);
      bytes[size++] = static_cast<char>(name.size());
    }
    for (const char c : name) bytes[size++] = c;
  }
  constexpr std::string_view view() const { return {bytes, size}; }
};
template <class D>
inline constexpr auto member_header =
    packed_name<written_name(D::name).size()>(written_name(D::name));
template <class T>
inline constexpr auto type_header = packed_name<type_name<T>().size()>(type_name<T>());

// -- out ------------------------------------------------------------------------------------------

template <class T>
void put(std::string& out, const T& value);

template <class T>
void put_structure(std::string& out, const T& value) {
  put_map(out, boost::mp11::mp_size<listed_members<T>>::value);
  [&]<class... D>(boost::mp11::mp_list<D...>) {
    ((out.append(member_header<D>.view()), put(out, value.*D::pointer)), ...);
  }(listed_members<T>{});
}

template <class... Ts>
void put_alternative(std::string& out, const std::variant<Ts...>& value) {
  static_assert((structure<Ts> && ...), "a packed variant has described structs as alternatives");
  static_assert(sizeof...(Ts) == 1 || [] {
    constexpr std::string_view names[] = {type_name<Ts>()...};
    for (std::size_t i = 0; i < sizeof...(Ts); ++i)
      for (std::size_t k = 0; k < i; ++k)
        if (names[i] == names[k]) return false;
    return true;
  }(), "alternatives are told apart by the last word of their type's name");
  std::visit(
      [&]<class T>(const T& one) {
        put_map(out, 1);
        out.append(type_header<T>.view());
        put_structure(out, one);
      },
      value);
}

template <class T>
void put(std::string& out, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    put_bool(out, value);
  } else if constexpr (std::is_same_v<T, code>) {
    put_text(out, row_of(value).name);
  } else if constexpr (described_enum<T>) {
    put_text(out, name_of(value));
  } else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
    put_signed(out, value);
  } else if constexpr (std::is_integral_v<T>) {
    put_unsigned(out, value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    put_text(out, value);
  } else if constexpr (std::is_same_v<T, instant>) {
    put_signed(out, value.unix_ms);
  } else if constexpr (std::is_same_v<T, milliseconds>) {
    put_signed(out, value.count());
  } else if constexpr (is_typed_id<T>) {
    put_place(out, value.slot, value.unique);
  } else if constexpr (is_bytes<T>) {
    put_binary(out, value.data(), value.size());
  } else if constexpr (is_bounded<T>) {
    put(out, value.value);
  } else if constexpr (is_optional<T>) {
    if (value) put(out, *value); else put_nil(out);
  } else if constexpr (is_sequence<T>) {
    put_array(out, value.size());
    for (const auto& one : value) put(out, one);
  } else if constexpr (is_table<T>) {
    put_map(out, value.size());
    for (const auto& [key, one] : value) put(out, key), put(out, one);
  } else if constexpr (is_pair<T>) {
    put_array(out, 2);
    put(out, value.first), put(out, value.second);
  } else if constexpr (is_variant<T>::value) {
    put_alternative(out, value);
  } else if constexpr (structure<T>) {
    put_structure(out, value);
  } else {
    static_assert(is_unknown<T>, "this type has no packed form: describe it with Boost.Describe");
  }
}

}  // namespace resalehub::packing
