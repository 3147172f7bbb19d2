#pragma once
/// A struct's description as JSON Schema 2020-12, as OpenAPI 3.1 wants it: bounds, what is
/// required, named components for structs. Built once at start, on one thread.

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.hpp"
#include "base/shapes.hpp"

namespace resalehub {

enum class schema_use {
  request,  ///< other fields are refused, empty optionals may be absent
  answer,   ///< every field is there, others may come
};

namespace schema_text {

std::string of_text(std::size_t min, std::size_t max, text_form form);
std::string of_whole(std::int64_t low, std::int64_t high);
std::string of_id(kind_prefix kind);  ///< any kind without one
std::string of_names(const std::string_view* names, std::size_t count);
std::string of_optional(std::string schema);
std::string reference(const std::string& component);
/// `a_b_name` of resalehub::a::b::name, from the compiler's text for it.
std::string component_name(std::string_view qualified);

/// Puts an object's schema together member by member.
class object {
 public:
  enum class presence { required, optional };
  void add(std::string_view name, const std::string& schema, presence must);
  std::string text(schema_use use) const;

 private:
  std::string properties_;
  std::string required_;
};

template <class T>
constexpr std::string_view qualified_name() {
  std::string_view whole = __PRETTY_FUNCTION__;
  const auto begin = whole.find("T = ") + 4;
  return whole.substr(begin, whole.find_first_of(";]", begin) - begin);
}

}  // namespace schema_text

/// Schemas of one document. The same struct has two components when it is asked and answered:
/// `listing_edit_body_request` and `listing_edit_body`.
class schema_book {
 public:
  /// The schema to stand where a T is: in full, or a reference to a component.
  template <class T>
  std::string of(schema_use use);

  const std::map<std::string, std::string>& components() const { return components_; }
  /// {"name": schema, ...} for `components.schemas`.
  std::string components_json() const;

 private:
  template <class T>
  std::string of_structure(schema_use use);
  template <class T>
  std::string of_table(schema_use use);
  std::string of_money();
  std::string of_price();

  std::map<std::string, std::string> components_;
};

template <class T>
std::string schema_book::of_structure(schema_use use) {
  auto name = schema_text::component_name(schema_text::qualified_name<T>());
  if (use == schema_use::request) name += "_request";
  if (components_.emplace(name, "{}").second) {
    schema_text::object schema;
    [&]<class... D>(boost::mp11::mp_list<D...>) {
      (
          [&] {
            using member = std::remove_reference_t<decltype(std::declval<T&>().*D::pointer)>;
            const bool may_miss = use == schema_use::request && is_optional<member>;
            using presence = schema_text::object::presence;
            schema.add(written_name(D::name), of<member>(use),
                       may_miss ? presence::optional : presence::required);
          }(),
          ...);
    }(listed_members<T>{});
    components_[name] = schema.text(use);
  }
  return schema_text::reference(name);
}

template <class T>
std::string schema_book::of_table(schema_use use) {
  return R"({"type":"object","additionalProperties":)" + of<typename T::mapped_type>(use) + "}";
}

template <class T>
std::string schema_book::of(schema_use use) {
  if constexpr (std::is_same_v<T, bool>) {
    return R"({"type":"boolean"})";
  } else if constexpr (described_enum<T>) {
    return schema_text::of_names(json_text::names_read<T>.data(),
                                 json_text::names_read<T>.size());
  } else if constexpr (std::is_integral_v<T>) {
    using limits = std::numeric_limits<T>;
    constexpr bool wide = sizeof(T) > 4;
    return schema_text::of_whole(
        std::is_unsigned_v<T> ? 0 : wide ? -json_text::whole_max : std::int64_t{limits::min()},
        wide ? json_text::whole_max : static_cast<std::int64_t>(limits::max()));
  } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, code>) {
    return R"({"type":"string"})";
  } else if constexpr (std::is_same_v<T, raw_json> || std::is_same_v<T, meta_value>) {
    return "{}";
  } else if constexpr (std::is_same_v<T, instant>) {
    return R"({"type":"string","format":"date-time"})";
  } else if constexpr (std::is_same_v<T, milliseconds>) {
    return schema_text::of_whole(0, json_text::whole_max);
  } else if constexpr (std::is_same_v<T, currency>) {
    return R"({"type":"string","pattern":"^[A-Z]{3}$"})";
  } else if constexpr (std::is_same_v<T, money>) {
    return of_money();
  } else if constexpr (std::is_same_v<T, price>) {
    return of_price();
  } else if constexpr (std::is_same_v<T, entity_id>) {
    return schema_text::of_id({});
  } else if constexpr (is_typed_id<T>) {
    return schema_text::of_id(T::kind);
  } else if constexpr (is_text<T>) {
    return schema_text::of_text(T::min, T::max, T::form);
  } else if constexpr (is_whole<T>) {
    return schema_text::of_whole(T::low, T::high);
  } else if constexpr (is_optional<T>) {
    return schema_text::of_optional(of<typename T::value_type>(use));
  } else if constexpr (is_sequence<T>) {
    return R"({"type":"array","items":)" + of<typename T::value_type>(use) + "}";
  } else if constexpr (is_table<T>) {
    return of_table<T>(use);
  } else if constexpr (structure<T>) {
    return of_structure<T>(use);
  } else {
    static_assert(is_unknown<T>, "this type has no schema: describe it with Boost.Describe");
  }
}

}  // namespace resalehub
