#include "storage/state_batch.hpp"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include "storage/big_endian.hpp"
#include "storage/rocks_options.hpp"

namespace resalehub {
namespace {

constexpr std::string_view gathering = "gathering a batch for the state";

}  // namespace

std::string members_key(keys::partition_number partition) {
  return keys::partition_prefix(partition) + 'm';
}

applied_position parse_position(std::string_view value) {
  return {big_endian_at<std::uint64_t>(value, 0), big_endian_at<std::uint64_t>(value, 8),
          value.size() > 16 ? big_endian_at<std::uint64_t>(value, 16) : 0};
}

state_batch::state_batch(const state_families& families)
    : families_(families), batch_(std::make_unique<rocksdb::WriteBatch>()) {}
state_batch::~state_batch() = default;

void state_batch::clear() { batch_->Clear(); }

void state_batch::put(family where, std::string_view key, std::string_view value) {
  require(batch_->Put(families_.at(where), key, value), gathering);
}

void state_batch::erase(family where, std::string_view key) {
  require(batch_->Delete(families_.at(where), key), gathering);
}

void state_batch::erase_range(family where, std::string_view from, std::string_view to) {
  if (from == to) return;
  require(batch_->DeleteRange(families_.at(where), from, to), gathering);
}

void state_batch::put_position(keys::partition_number partition,
                               const applied_position& position) {
  std::string value;
  append_big_endian(value, position.index);
  append_big_endian(value, position.term);
  append_big_endian(value, position.mixed_until);
  require(batch_->Put(families_.positions, keys::partition_prefix(partition), value), gathering);
}

void state_batch::put_members(keys::partition_number partition, std::string_view members) {
  require(batch_->Put(families_.positions, members_key(partition), members), gathering);
}

void state_batch::erase_partition(keys::partition_number partition) {
  const auto from = keys::partition_prefix(partition);
  const auto to = keys::after_prefix(from);
  for (auto* rows : families_.rows)
    require(batch_->DeleteRange(rows, from, to), gathering);
  require(batch_->Delete(families_.positions, from), gathering);
  require(batch_->Delete(families_.positions, members_key(partition)), gathering);
}

}  // namespace resalehub
