#include "storage/state_batch.hpp"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <vector>

#include "storage/big_endian.hpp"
#include "storage/rocks_options.hpp"

namespace resalehub {
namespace {

constexpr std::string_view gathering = "gathering a batch for the state";

/// The keys within a range that a batch puts.
class puts_within final : public rocksdb::WriteBatch::Handler {
 public:
  puts_within(std::uint32_t family, std::string_view from, std::string_view to)
      : family_(family), from_(from), to_(to) {}

  rocksdb::Status PutCF(std::uint32_t family, const rocksdb::Slice& key,
                        const rocksdb::Slice&) override {
    const auto at = key.ToStringView();
    if (family == family_ && at >= from_ && at < to_) found.emplace_back(at);
    return rocksdb::Status::OK();
  }
  rocksdb::Status DeleteCF(std::uint32_t, const rocksdb::Slice&) override {
    return rocksdb::Status::OK();
  }

  std::vector<std::string> found;

 private:
  const std::uint32_t family_;
  const std::string_view from_;
  const std::string_view to_;
};

}  // namespace

std::string members_key(keys::partition_number partition) {
  return keys::partition_prefix(partition) + 'm';
}

applied_position parse_position(std::string_view value) {
  return {big_endian_at<std::uint64_t>(value, 0), big_endian_at<std::uint64_t>(value, 8),
          value.size() > 16 ? big_endian_at<std::uint64_t>(value, 16) : 0};
}

state_batch::state_batch(rocksdb::DB& database, const state_families& families)
    : database_(database), families_(families), batch_(std::make_unique<rocksdb::WriteBatch>()) {}
state_batch::~state_batch() = default;

void state_batch::clear() { batch_->Clear(); }

void state_batch::put(family where, std::string_view key, std::string_view value) {
  require(batch_->Put(families_.at(where), key, value), gathering);
}

void state_batch::erase(family where, std::string_view key) {
  require(batch_->Delete(families_.at(where), key), gathering);
}

void state_batch::erase_range(family where, std::string_view from, std::string_view to) {
  puts_within gathered(families_.at(where)->GetID(), from, to);
  require(batch_->Iterate(&gathered), gathering);
  for (const auto& key : gathered.found) erase(where, key);
  (void)erase_some(where, from, to, SIZE_MAX);
}

bool state_batch::erase_some(family where, std::string_view from, std::string_view to,
                             std::size_t rows_max) {
  if (from >= to) return true;
  const rocksdb::Slice upper = to;
  auto options = reading_options();
  options.iterate_upper_bound = &upper;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> row(
      database_.NewIterator(options, families_.at(where)));
  row->Seek(from);
  for (std::size_t rows = 0; row->Valid() && rows < rows_max; ++rows, row->Next())
    erase(where, row->key().ToStringView());
  require(row->status(), "reading the state");
  return !row->Valid();
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

void state_batch::erase_position(keys::partition_number partition) {
  require(batch_->Delete(families_.positions, keys::partition_prefix(partition)), gathering);
  require(batch_->Delete(families_.positions, members_key(partition)), gathering);
}

}  // namespace resalehub
