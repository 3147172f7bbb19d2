#pragma once
/// What kind of thing a type is, for those who walk along it: MessagePack, JSON, schema.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/bounded.hpp"
#include "base/described.hpp"
#include "base/id.hpp"

namespace resalehub {

template <class T>
struct shape_of {};  // of templates: see the specialisations
struct sequence_shape {};
struct table_shape {};

template <class T> struct shape_of<std::vector<T>> : sequence_shape {};
template <class T> struct shape_of<std::set<T>> : sequence_shape {};
template <class K, class V> struct shape_of<std::map<K, V>> : table_shape {};

template <class T>
inline constexpr bool is_sequence = std::is_base_of_v<sequence_shape, shape_of<T>>;
template <class T>
inline constexpr bool is_table = std::is_base_of_v<table_shape, shape_of<T>>;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_pair = false;
template <class A, class B>
inline constexpr bool is_pair<std::pair<A, B>> = true;
template <class T>
inline constexpr bool is_typed_id = false;
template <std::uint32_t Prefix>
inline constexpr bool is_typed_id<id<Prefix>> = true;
template <class T>
inline constexpr bool is_bytes = false;
template <std::size_t Size>
inline constexpr bool is_bytes<std::array<std::uint8_t, Size>> = true;
template <class T>
inline constexpr bool is_text = false;
template <std::size_t Min, std::size_t Max, text_form Form>
inline constexpr bool is_text<text<Min, Max, Form>> = true;
template <class T>
inline constexpr bool is_whole = false;
template <std::int64_t Low, std::int64_t High>
inline constexpr bool is_whole<whole<Low, High>> = true;
template <class T>
inline constexpr bool is_bounded = is_text<T> || is_whole<T> || std::is_same_v<T, price>;

template <class T>
inline constexpr bool is_unknown = false;

}  // namespace resalehub
