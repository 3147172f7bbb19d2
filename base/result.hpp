#pragma once
/// A value or the problem that stands in its way: the return type of all that can be refused.

#include <type_traits>
#include <utility>
#include <variant>

#include "base/check.hpp"
#include "base/problem.hpp"

namespace resalehub {

struct done {  ///< the value of a result that has none
  friend bool operator==(done, done) { return true; }
};

template <class T>
class [[nodiscard]] result {
 public:
  using value_type = T;

  result(T value) : content_(std::in_place_index<0>, std::move(value)) {}          // NOLINT
  result(resalehub::problem why) : content_(std::in_place_index<1>, std::move(why)) {}  // NOLINT

  bool ok() const { return content_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return check(ok(), "a refused result has no value"), std::get<0>(content_); }
  const T& value() const& {
    return check(ok(), "a refused result has no value"), std::get<0>(content_);
  }
  T&& value() && {
    return check(ok(), "a refused result has no value"), std::get<0>(std::move(content_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  resalehub::problem& problem() & {
    return check(!ok(), "a value has no problem"), std::get<1>(content_);
  }
  const resalehub::problem& problem() const& {
    return check(!ok(), "a value has no problem"), std::get<1>(content_);
  }
  resalehub::problem&& problem() && {
    return check(!ok(), "a value has no problem"), std::get<1>(std::move(content_));
  }

 private:
  std::variant<T, resalehub::problem> content_;
};

}  // namespace resalehub
