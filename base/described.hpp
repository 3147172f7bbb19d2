#pragma once
/// Visiting what Boost.Describe was told once: members of a struct, alternatives of a variant,
/// names of an enum. Every encoding, the schema and printing are written on these words.

#include <boost/describe.hpp>
#include <boost/mp11.hpp>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <variant>

namespace resalehub {

template <class T>
concept described_struct =
    std::is_class_v<T> && boost::describe::has_describe_members<T>::value && !std::is_union_v<T>;

template <class T>
concept described_enum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;

template <class T>
using members_of = boost::describe::describe_members<T, boost::describe::mod_public |
                                                            boost::describe::mod_inherited>;

template <class T>
inline constexpr std::size_t members_count = boost::mp11::mp_size<members_of<T>>::value;

/// What an encoding may write as a map: a described struct, or an empty one, which needs no words.
template <class T>
concept structure = described_struct<T> || (std::is_class_v<T> && std::is_empty_v<T>);

template <class T>
struct members_found {
  using type = boost::mp11::mp_list<>;
};
template <described_struct T>
struct members_found<T> {
  using type = boost::mp11::mp_rename<members_of<T>, boost::mp11::mp_list>;
};
/// As members_of, also of an empty struct that nobody described.
template <class T>
using listed_members = typename members_found<T>::type;

/// A name as it is written: a trailing underscore only keeps it from being a C++ keyword (`new_`).
constexpr std::string_view written_name(std::string_view name) {
  if (!name.empty() && name.back() == '_') name.remove_suffix(1);
  return name;
}

/// Calls f(name, member reference) in declaration order.
template <described_struct T, class F>
constexpr void for_each_member(T& object, F&& f) {
  boost::mp11::mp_for_each<members_of<std::remove_const_t<T>>>(
      [&](auto d) { f(written_name(d.name), object.*d.pointer); });
}
template <described_struct T, class F>
constexpr void for_each_member(const T& object, F&& f) {
  boost::mp11::mp_for_each<members_of<T>>(
      [&](auto d) { f(written_name(d.name), object.*d.pointer); });
}

/// The last word of a type's name: `published` of resalehub::listing::published. Stored and sent
/// with events and commands, so renaming such a struct breaks its golden file.
template <class T>
constexpr std::string_view type_name() {
  std::string_view whole = __PRETTY_FUNCTION__;
  // g++: "... [with T = a::b::c; std::string_view = ...]"; clang: "... [T = a::b::c]"
  const auto begin = whole.find("T = ") + 4;
  const auto end = whole.find_first_of(";]", begin);
  whole = whole.substr(begin, end - begin);
  const auto colon = whole.rfind(':');
  return written_name(colon == std::string_view::npos ? whole : whole.substr(colon + 1));
}

template <described_enum E>
constexpr std::string_view name_of(E value) {
  std::string_view found;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (d.value == value) found = written_name(d.name);
  });
  return found;
}

template <described_enum E>
constexpr std::optional<E> enum_from(std::string_view name) {
  std::optional<E> found;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (name == written_name(d.name)) found = d.value;
  });
  return found;
}

template <class T>
struct is_variant : std::false_type {};
template <class... Ts>
struct is_variant<std::variant<Ts...>> : std::true_type {};

/// CAF's inspection of a described struct, for any inspector: CAF itself is not named here.
template <class Inspector, described_struct T>
auto inspect_described(Inspector& f, T& object) {
  return [&]<class... D>(boost::mp11::mp_list<D...>) {
    return f(object.*D::pointer...);
  }(boost::mp11::mp_rename<members_of<T>, boost::mp11::mp_list>{});
}

}  // namespace resalehub

/// Describes a struct and gives it equality, both from the same list of members.
#define RESALEHUB_DESCRIBE(type, ...)                                   \
  BOOST_DESCRIBE_STRUCT(type, (), (__VA_ARGS__))                        \
  [[maybe_unused]] inline bool operator==(const type& a, const type& b) { \
    return ::resalehub::equal_members(a, b);                            \
  }

namespace resalehub {
template <described_struct T>
constexpr bool equal_members(const T& a, const T& b) {
  bool equal = true;
  boost::mp11::mp_for_each<members_of<T>>(
      [&](auto d) { equal = equal && a.*d.pointer == b.*d.pointer; });
  return equal;
}
}  // namespace resalehub
