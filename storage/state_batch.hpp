#pragma once
/// Gathers one batch for the state: what write lists say, and the rows that say up to where each
/// partition is applied. For the state store's files only; one thread.
///
///   positions := partition      -> index u64, term u64, mixed_until u64 (not in older rows: 0)
///              | partition 'm'  -> members
///   They are the family without a name.

#include <array>
#include <memory>

#include "storage/state_store.hpp"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class WriteBatch;
}  // namespace rocksdb

namespace resalehub {

/// Belongs to the store that opened them.
struct state_families {
  rocksdb::ColumnFamilyHandle* positions = nullptr;
  std::array<rocksdb::ColumnFamilyHandle*, family_count> rows{};

  rocksdb::ColumnFamilyHandle* at(family where) const { return rows[static_cast<int>(where)]; }
};

std::string members_key(keys::partition_number partition);
applied_position parse_position(std::string_view value);

class state_batch final : public write_visitor {
 public:
  state_batch(rocksdb::DB& database, const state_families& families);
  ~state_batch() override;

  void put(family where, std::string_view key, std::string_view value) override;
  void erase(family where, std::string_view key) override;
  /// Each row that is stored or gathered there: see reading_options().
  void erase_range(family where, std::string_view from, std::string_view to) override;
  /// So many of them at most; true when those were all.
  bool erase_some(family where, std::string_view from, std::string_view to, std::size_t rows_max);

  void put_position(keys::partition_number partition, const applied_position& position);
  void put_members(keys::partition_number partition, std::string_view members);
  void erase_position(keys::partition_number partition);

  void clear();
  rocksdb::WriteBatch& gathered() { return *batch_; }

 private:
  rocksdb::DB& database_;
  const state_families families_;
  const std::unique_ptr<rocksdb::WriteBatch> batch_;  // kept for its memory
};

}  // namespace resalehub
