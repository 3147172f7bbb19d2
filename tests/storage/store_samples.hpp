#pragma once
/// Short words for the tests of this floor: stores on a forgetful disk, entries, write lists.

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "storage/log_store.hpp"
#include "storage/state_store.hpp"
#include "tests/support/forgetful_env.hpp"

namespace resalehub::samples {

using row_list = std::vector<std::pair<std::string, std::string>>;

inline store_options on(forgetful_env& disk, std::string directory) {
  return {.directory = std::move(directory),
          .env = disk.env(),
          .cache_bytes = 1u << 20,
          .write_buffer_bytes = 64u << 10};
}

inline std::shared_ptr<const std::string> shared(std::string bytes) {
  return std::make_shared<const std::string>(std::move(bytes));
}

inline log_entry entry(std::uint64_t index, std::uint64_t term, std::string bytes) {
  return {.index = index, .term = term, .data = shared(std::move(bytes))};
}

inline log_append entries(group_number group, std::uint64_t ready, std::vector<log_entry> list) {
  log_append append;
  append.group = group;
  append.ready = ready;
  append.entries = std::move(list);
  return append;
}

inline log_append cut(group_number group, std::uint64_t index, std::uint64_t term) {
  log_append append;
  append.group = group;
  append.cut = log_entry{.index = index, .term = term};
  return append;
}

inline applied_entries applied(keys::partition_number partition, std::uint64_t index,
                               write_list list) {
  return {partition, index, 1, {shared(list.take())}};
}

inline write_list put(family where, std::string_view key, std::string_view value) {
  write_list list;
  list.put(where, key, value);
  return list;
}

inline row_list rows(const state_store& store, const state_store::range& wanted) {
  row_list found;
  store.scan(wanted, [&](std::string_view key, std::string_view value) {
    found.emplace_back(key, value);
    return true;
  });
  return found;
}

/// Over few keys, so that they meet again.
inline write_list random_writes(std::mt19937_64& draw, keys::partition_number partition) {
  write_list list;
  for (auto count = 1 + draw() % 5; count > 0; --count) {
    const auto where = static_cast<family>(draw() % family_count);
    const auto key = [&] { return keys::partition_prefix(partition) + char('a' + draw() % 20); };
    const auto dice = draw() % 10;
    if (dice < 7) {
      list.put(where, key(), std::string(draw() % 10 == 0 ? 3000 : 30, char('A' + draw() % 26)));
    } else if (dice < 9) {
      list.erase(where, key());
    } else {
      const auto [from, to] = std::minmax({key(), key()});
      list.erase_range(where, from, to);
    }
  }
  return list;
}

}  // namespace resalehub::samples
