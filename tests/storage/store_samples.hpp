#pragma once
/// Short words for the tests of this floor: stores on a forgetful disk, entries, write lists.

#include <memory>
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

}  // namespace resalehub::samples
