#include "storage/state_store.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <array>
#include <atomic>
#include <map>

#include "base/check.hpp"
#include "storage/big_endian.hpp"
#include "storage/rocks_options.hpp"

namespace resalehub {
namespace {

using partition_number = keys::partition_number;

constexpr std::array<const char*, family_count> family_names = {"records", "events", "rows",
                                                                "requests", "queue"};

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

/// Applied positions in memory: written by the applier's thread, read by any without a lock. A
/// reader that meets a write in between (an odd count, or another one after) reads again.
class position_board {
 public:
  position_board() : slots_(std::make_unique<slot[]>(slots_max)) {}

  applied_position at(partition_number partition) const {
    const auto& slot = slot_of(partition);
    for (;;) {
      const auto before = slot.changes.load(std::memory_order_acquire);
      const applied_position seen{slot.index.load(std::memory_order_relaxed),
                                  slot.term.load(std::memory_order_relaxed)};
      std::atomic_thread_fence(std::memory_order_acquire);
      if (before % 2 == 0 && slot.changes.load(std::memory_order_relaxed) == before) return seen;
    }
  }

  void set(partition_number partition, const applied_position& position) {
    auto& slot = slot_of(partition);
    const auto changes = slot.changes.load(std::memory_order_relaxed);
    slot.changes.store(changes + 1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    slot.index.store(position.index, std::memory_order_relaxed);
    slot.term.store(position.term, std::memory_order_relaxed);
    slot.changes.store(changes + 2, std::memory_order_release);
  }

 private:
  struct slot {
    std::atomic<std::uint64_t> changes{0}, index{0}, term{0};
  };
  slot& slot_of(partition_number partition) const {
    check(partition < slots_max, "there are no more partitions than slots");
    return slots_[partition];
  }
  std::unique_ptr<slot[]> slots_;
};

/// Carries a write list over into a batch.
class batch_filler final : public write_visitor {
 public:
  batch_filler(rocksdb::WriteBatch& batch,
               const std::array<rocksdb::ColumnFamilyHandle*, family_count>& families)
      : batch_(batch), families_(families) {}

  void put(family where, std::string_view key, std::string_view value) override {
    require(batch_.Put(at(where), slice(key), slice(value)), gathering);
  }
  void erase(family where, std::string_view key) override {
    require(batch_.Delete(at(where), slice(key)), gathering);
  }
  void erase_range(family where, std::string_view from, std::string_view to) override {
    if (from == to) return;
    require(batch_.DeleteRange(at(where), slice(from), slice(to)), gathering);
  }

 private:
  static constexpr std::string_view gathering = "gathering a batch for the state";
  rocksdb::ColumnFamilyHandle* at(family where) { return families_[static_cast<int>(where)]; }

  rocksdb::WriteBatch& batch_;
  const std::array<rocksdb::ColumnFamilyHandle*, family_count>& families_;
};

class rocks_state_store final : public state_store {
 public:
  rocks_state_store(std::unique_ptr<rocksdb::DB> database,
                    std::vector<rocksdb::ColumnFamilyHandle*> handles,
                    std::size_t write_buffer_bytes);
  ~rocks_state_store() override;

  std::optional<problem> read_positions();

  std::optional<std::string> get(family where, std::string_view key) const override;
  void scan(const range& rows, const row_visitor& row) const override;
  void apply(std::span<const applied_entries> round) override;
  void sync() override;
  applied_position applied(partition_number partition) const override {
    return positions_.at(partition);
  }
  std::uint64_t bytes_on_disk() const override;

 private:
  void make_room();
  rocksdb::ColumnFamilyHandle* handle(family where) const {
    return families_[static_cast<int>(where)];
  }

  std::unique_ptr<rocksdb::DB> database_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  std::array<rocksdb::ColumnFamilyHandle*, family_count> families_{};
  const rocksdb::ReadOptions reading_;
  const std::size_t write_buffer_bytes_;
  rocksdb::WriteBatch batch_;  // kept for its memory
  std::atomic<std::uint64_t> unflushed_bytes_{0};
  position_board positions_;
};

rocks_state_store::rocks_state_store(std::unique_ptr<rocksdb::DB> database,
                                     std::vector<rocksdb::ColumnFamilyHandle*> handles,
                                     std::size_t write_buffer_bytes)
    : database_(std::move(database)),
      handles_(std::move(handles)),
      write_buffer_bytes_(write_buffer_bytes) {
  for (int i = 0; i < family_count; ++i) families_[i] = handles_[i + 1];
}

rocks_state_store::~rocks_state_store() {
  for (auto* handle : handles_) database_->DestroyColumnFamilyHandle(handle);
}

// -- reading --------------------------------------------------------------------------------------

std::optional<problem> rocks_state_store::read_positions() {
  std::unique_ptr<rocksdb::Iterator> rows(database_->NewIterator(reading_, handles_[0]));
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    const auto value = rows->value().ToStringView();
    positions_.set(
        big_endian_at<partition_number>(rows->key().ToStringView(), 0),
        {big_endian_at<std::uint64_t>(value, 0), big_endian_at<std::uint64_t>(value, 8)});
  }
  if (rows->status().ok()) return std::nullopt;
  return refusal_to_open("state", database_->GetName(), rows->status());
}

std::optional<std::string> rocks_state_store::get(family where, std::string_view key) const {
  rocksdb::PinnableSlice value;
  const auto status = database_->Get(reading_, handle(where), slice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  require(status, "reading the state");
  return value.ToString();
}

void rocks_state_store::scan(const range& rows, const row_visitor& row) const {
  const rocksdb::Slice lower = slice(rows.from);
  const rocksdb::Slice upper = slice(rows.to);
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &lower;
  if (!rows.to.empty()) options.iterate_upper_bound = &upper;
  std::unique_ptr<rocksdb::Iterator> at(database_->NewIterator(options, handle(rows.where)));
  const bool ascending = rows.direction == order::ascending;
  ascending ? at->Seek(lower) : at->SeekToLast();
  while (at->Valid() && row(at->key().ToStringView(), at->value().ToStringView()))
    ascending ? at->Next() : at->Prev();
  require(at->status(), "reading the state");
}

std::uint64_t rocks_state_store::bytes_on_disk() const {
  std::uint64_t files = 0;
  database_->GetAggregatedIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &files);
  return files + unflushed_bytes_.load(std::memory_order_relaxed);
}

// -- writing --------------------------------------------------------------------------------------

void rocks_state_store::apply(std::span<const applied_entries> round) {
  batch_.Clear();
  batch_filler filler(batch_, families_);
  std::map<partition_number, applied_position> reached;
  for (const auto& entries : round) {
    const auto before = reached.contains(entries.partition) ? reached[entries.partition]
                                                            : positions_.at(entries.partition);
    check(entries.index > before.index, "an entry is applied once, in the order of the log");
    for (const auto& list : entries.lists)
      check(visit(*list, filler), "a committed write list can be read");
    reached[entries.partition] = {entries.index, entries.term};
  }
  std::string value;
  for (const auto& [partition, position] : reached) {
    value.clear();
    append_big_endian(value, position.index);
    append_big_endian(value, position.term);
    require(batch_.Put(handles_[0], keys::partition_prefix(partition), value),
            "gathering a batch for the state");
  }
  if (reached.empty()) return;
  make_room();
  require(database_->Write(rocksdb::WriteOptions{}, &batch_), "writing the state");
  unflushed_bytes_.fetch_add(batch_.GetDataSize(), std::memory_order_relaxed);
  for (const auto& [partition, position] : reached) positions_.set(partition, position);
}

/// RocksDB begins a new write-ahead file with each flush. Were the old one unsynced then, a loss of
/// power could take its end and leave the new one's beginning: a hole in the state that nobody
/// sees. So the flush is ours to begin, never its own (its buffers are larger), and the sync comes
/// before.
void rocks_state_store::make_room() {
  if (unflushed_bytes_.load(std::memory_order_relaxed) < write_buffer_bytes_) return;
  sync();
  rocksdb::FlushOptions options;
  options.wait = false;
  options.allow_write_stall = true;
  const auto status = database_->Flush(options, handles_);
  if (status.IsTryAgain())
    return;  // too many flushes wait: the write waits too, the next one flushes
  require(status, "flushing the state");
  unflushed_bytes_.store(0, std::memory_order_relaxed);
}

void rocks_state_store::sync() { require(database_->FlushWAL(true), "syncing the state"); }

}  // namespace

result<std::unique_ptr<state_store>> state_store::open(const store_options& options) {
  const auto cache = rocksdb::NewLRUCache(options.cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.emplace_back(rocksdb::kDefaultColumnFamilyName, position_family_options(options));
  for (int i = 0; i < family_count; ++i)
    families.emplace_back(family_names[i],
                          state_family_options(static_cast<family>(i), options, cache));

  rocksdb::DB* opened = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  const auto status = rocksdb::DB::Open(state_database_options(options), options.directory,
                                        families, &handles, &opened);
  std::unique_ptr<rocksdb::DB> database(opened);
  if (!status.ok()) return refusal_to_open("state", options.directory, status);
  auto store = std::make_unique<rocks_state_store>(std::move(database), std::move(handles),
                                                   options.write_buffer_bytes);
  if (auto refused = store->read_positions()) return *std::move(refused);
  return std::unique_ptr<state_store>(std::move(store));
}

}  // namespace resalehub
