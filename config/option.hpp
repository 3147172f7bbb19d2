#pragma once
/// One setting of the product: its name, default, bounds and a sentence for the operator. Options
/// are members of `options` (options.hpp) and enrol themselves there. Written at start by load.hpp
/// on one thread, read afterwards by any.

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace resalehub {

class any_option;

/// All options in the order of their declaration.
using option_list = std::vector<any_option*>;

struct option_bounds {
  std::int64_t low = 0;
  std::int64_t high = std::numeric_limits<std::int64_t>::max();
};

/// An option with its type forgotten: what loading, explaining and flags need.
class any_option {
 public:
  any_option(option_list& all, std::string_view name, std::string_view sentence);
  any_option(const any_option&) = delete;
  any_option& operator=(const any_option&) = delete;
  virtual ~any_option() = default;

  std::string_view name() const { return name_; }          ///< "http.port"
  std::string_view sentence() const { return sentence_; }
  const std::string& source() const { return source_; }    ///< "default", "flag --http.port"
  std::string environment_name() const;                    ///< "RESALEHUB_HTTP_PORT"

  /// Takes a value from an operator's text. Otherwise says why not: "70000 is not within 1 to 9".
  [[nodiscard]] std::optional<std::string> set(std::string_view text, std::string source);

  virtual std::string text() const = 0;         ///< the value, as an operator would write it
  virtual std::string json() const = 0;
  virtual std::string accepted() const = 0;     ///< "1 to 65535", "true or false"

 protected:
  virtual std::optional<std::string> assign(std::string_view text) = 0;

 private:
  std::string_view name_;
  std::string_view sentence_;
  std::string source_ = "default";
};

/// T: std::int64_t, bool, std::string, milliseconds, std::vector<std::string>. A number may have a
/// unit behind it, when the name says which: limits.body_bytes = "1MiB", http.idle_ms = "30s".
template <class T>
class option final : public any_option {
 public:
  static constexpr bool is_number = std::same_as<T, std::int64_t> || std::same_as<T, milliseconds>;

  option(option_list& all, std::string_view name, std::int64_t standard, option_bounds within,
         std::string_view sentence)
    requires is_number
      : any_option(all, name, sentence), value_(standard), within_(within) {}

  option(option_list& all, std::string_view name, T standard, std::string_view sentence)
    requires(!is_number)
      : any_option(all, name, sentence), value_(std::move(standard)) {}

  /// One of a few words.
  option(option_list& all, std::string_view name, T standard,
         std::initializer_list<std::string_view> words, std::string_view sentence)
    requires std::same_as<T, std::string>
      : any_option(all, name, sentence), value_(std::move(standard)), words_(words) {}

  const T& operator*() const { return value_; }
  const T* operator->() const { return &value_; }
  /// For tests and for main: past the bounds is a bug.
  void put(T value);

  std::string text() const override;
  std::string json() const override;
  std::string accepted() const override;

 private:
  std::optional<std::string> assign(std::string_view text) override;

  T value_;
  option_bounds within_;
  std::vector<std::string_view> words_;
};

extern template class option<std::int64_t>;
extern template class option<bool>;
extern template class option<std::string>;
extern template class option<milliseconds>;
extern template class option<std::vector<std::string>>;

}  // namespace resalehub
