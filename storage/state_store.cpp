#include "storage/state_store.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>

#include "base/bug.hpp"
#include "base/check.hpp"
#include "storage/background_watch.hpp"
#include "storage/big_endian.hpp"
#include "storage/position_board.hpp"
#include "storage/rocks_options.hpp"
#include "storage/state_batch.hpp"
#include "storage/transfer.hpp"
#include "storage/write_ahead_check.hpp"

namespace resalehub {
namespace {

using partition_number = keys::partition_number;

constexpr std::array<const char*, family_count> family_names = {"records", "events", "rows",
                                                                "requests", "queue"};

/// Rows of one write while a partition is dropped.
constexpr std::size_t dropped_at_once = 4096;

/// The handles of an open database, closed before it.
class open_state {
 public:
  open_state(std::unique_ptr<rocksdb::DB> database,
             std::vector<rocksdb::ColumnFamilyHandle*> handles)
      : database_(std::move(database)), handles_(std::move(handles)) {
    families_.positions = handles_[0];
    for (int i = 0; i < family_count; ++i) families_.rows[i] = handles_[i + 1];
  }
  open_state(const open_state&) = delete;
  open_state& operator=(const open_state&) = delete;
  ~open_state() {
    for (auto* handle : handles_) database_->DestroyColumnFamilyHandle(handle);
  }

  rocksdb::DB& operator*() const { return *database_; }
  rocksdb::DB* operator->() const { return database_.get(); }
  const state_families& families() const { return families_; }
  const std::vector<rocksdb::ColumnFamilyHandle*>& handles() const { return handles_; }

 private:
  std::unique_ptr<rocksdb::DB> database_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  state_families families_;
};

class rocks_state_store final : public state_store {
 public:
  rocks_state_store(std::unique_ptr<rocksdb::DB> database,
                    std::vector<rocksdb::ColumnFamilyHandle*> handles,
                    std::shared_ptr<background_watch> watch, std::size_t write_buffer_bytes)
      : database_(std::move(database), std::move(handles)),
        watch_(std::move(watch)),
        reading_(reading_options()),
        write_buffer_bytes_(write_buffer_bytes),
        batch_(*database_, database_.families()) {}

  std::optional<problem> read_positions();

  std::optional<std::string> get(family where, std::string_view key) const override;
  void scan(const range& rows, const row_visitor& row) const override;
  void apply(std::span<const applied_entries> round) override;
  void sync() override;
  applied_position applied(partition_number partition) const override {
    return positions_.at(partition);
  }
  std::string members(partition_number partition) const override {
    return positions_.members(partition);
  }
  std::unique_ptr<transfer_source> transfer(partition_number partition) const override {
    return make_transfer_source(*database_, database_.families(), watch_, partition);
  }
  void take(const transfer_chunk& chunk) override;
  void drop(partition_number partition) override;
  std::uint64_t bytes_on_disk() const override;

 private:
  void make_room();
  void write_batch();
  rocksdb::ColumnFamilyHandle* handle(family where) const {
    return database_.families().at(where);
  }

  const open_state database_;
  const std::shared_ptr<background_watch> watch_;
  const rocksdb::ReadOptions reading_;
  const std::size_t write_buffer_bytes_;
  state_batch batch_;  // kept for its memory
  std::atomic<std::uint64_t> unflushed_bytes_{0};
  position_board positions_;
  transfers_under_way transfers_;
};

// -- reading --------------------------------------------------------------------------------------

std::optional<problem> rocks_state_store::read_positions() {
  std::unique_ptr<rocksdb::Iterator> rows(
      database_->NewIterator(reading_, database_.families().positions));
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    const auto key = rows->key().ToStringView();
    const auto partition = big_endian_at<partition_number>(key, 0);
    if (key == keys::partition_prefix(partition))
      positions_.set(partition, parse_position(rows->value().ToStringView()));
    else if (key == members_key(partition))
      positions_.set_members(partition, rows->value().ToString());
  }
  if (rows->status().ok()) return std::nullopt;
  return refusal_to_open("state", database_->GetName(), rows->status());
}

std::optional<std::string> rocks_state_store::get(family where, std::string_view key) const {
  rocksdb::PinnableSlice value;
  const auto status = database_->Get(reading_, handle(where), key, &value);
  if (status.IsNotFound()) return std::nullopt;
  require(status, "reading the state");
  return value.ToString();
}

void rocks_state_store::scan(const range& rows, const row_visitor& row) const {
  const rocksdb::Slice lower = rows.from;
  const rocksdb::Slice upper = rows.to;
  auto options = reading_;
  options.iterate_lower_bound = &lower;
  if (!rows.to.empty()) options.iterate_upper_bound = &upper;
  std::unique_ptr<rocksdb::Iterator> at(database_->NewIterator(options, handle(rows.where)));
  const bool ascending = rows.direction == order::ascending;
  ascending ? at->Seek(lower) : at->SeekToLast();
  while (at->Valid() && row(at->key().ToStringView(), at->value().ToStringView()))
    ascending ? at->Next() : at->Prev();
  require(at->status(), "reading the state");
  watch_->require_unharmed();
}

std::uint64_t rocks_state_store::bytes_on_disk() const {
  std::uint64_t files = 0;
  database_->GetAggregatedIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &files);
  return files + unflushed_bytes_.load(std::memory_order_relaxed);
}

// -- writing --------------------------------------------------------------------------------------

void rocks_state_store::apply(std::span<const applied_entries> round) {
  batch_.clear();
  std::map<partition_number, applied_position> reached;
  std::map<partition_number, std::string> changed_members;
  for (const auto& entries : round) {
    const auto partition = entries.partition;
    const auto before =
        reached.contains(partition) ? reached[partition] : positions_.at(partition);
    check(entries.index > before.index, "an entry is applied once, in the order of the log");
    for (const auto& list : entries.lists)
      check(visit(*list, batch_), "a committed write list can be read");
    const bool mixed = entries.index < before.mixed_until;
    reached[partition] = {entries.index, entries.term, mixed ? before.mixed_until : 0};
    if (entries.members) changed_members[partition] = *entries.members;
  }
  if (reached.empty()) return;
  for (const auto& [partition, position] : reached) batch_.put_position(partition, position);
  for (const auto& [partition, members] : changed_members) batch_.put_members(partition, members);
  write_batch();
  for (const auto& [partition, position] : reached) {
    positions_.set(partition, position);
    transfers_.forget(partition);
  }
  for (auto& [partition, members] : changed_members)
    positions_.set_members(partition, std::move(members));
}

void rocks_state_store::take(const transfer_chunk& chunk) {
  auto position = positions_.at(chunk.partition);
  check(chunk.as_of.index > position.index || broken(bug::transfer_over_newer),
        "a transfer brings what is newer");
  check(chunk.as_of.mixed_until == 0, "a transfer brings no mixture");
  transfers_.advance(chunk);
  batch_.clear();
  add_rows(batch_, chunk);
  // An older transfer may have left rows that are newer than this one's.
  position.mixed_until = std::max(position.mixed_until, chunk.as_of.index);
  if (chunk.last != 0) {
    position = chunk.as_of;
    batch_.put_members(chunk.partition, chunk.members);
  }
  batch_.put_position(chunk.partition, position);
  write_batch();
  if (chunk.last != 0) positions_.set_members(chunk.partition, chunk.members);
  positions_.set(chunk.partition, position);
}

/// Piece by piece; its position goes last, so that a crash in between does not hide what is left.
void rocks_state_store::drop(partition_number partition) {
  const auto from = keys::partition_prefix(partition);
  const auto to = keys::after_prefix(from);
  const rocksdb::Slice begin = from, end = to;
  for (int f = 0; f < family_count; ++f) {
    const auto where = static_cast<family>(f);
    // Whole files first: nobody reads this partition here.
    require(rocksdb::DeleteFilesInRange(&*database_, handle(where), &begin, &end, false),
            "dropping a partition");
    for (bool all = false; !all;) {
      batch_.clear();
      all = batch_.erase_some(where, from, to, dropped_at_once);
      write_batch();
    }
  }
  batch_.clear();
  batch_.erase_position(partition);
  write_batch();
  transfers_.forget(partition);
  positions_.clear(partition);
}

void rocks_state_store::write_batch() {
  watch_->require_unharmed();
  make_room();
  require(database_->Write(rocksdb::WriteOptions{}, &batch_.gathered()), "writing the state");
  unflushed_bytes_.fetch_add(batch_.gathered().GetDataSize(), std::memory_order_relaxed);
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
  const auto status = database_->Flush(options, database_.handles());
  if (status.IsTryAgain())
    return;  // too many flushes wait: the write waits too, the next one flushes
  require(status, "flushing the state");
  unflushed_bytes_.store(0, std::memory_order_relaxed);
}

void rocks_state_store::sync() {
  if (broken(bug::state_unsynced)) return;
  watch_->require_unharmed();
  require(database_->FlushWAL(true), "syncing the state");
}

}  // namespace

result<std::unique_ptr<state_store>> state_store::open(const store_options& options) {
  const auto cache = rocksdb::NewLRUCache(options.cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.emplace_back(rocksdb::kDefaultColumnFamilyName, position_family_options(options));
  for (int i = 0; i < family_count; ++i)
    families.emplace_back(family_names[i],
                          state_family_options(static_cast<family>(i), options, cache));

  auto& env = options.env != nullptr ? *options.env : *rocksdb::Env::Default();
  if (const auto cut = cut_torn_write_ahead(env, options.directory); !cut.ok())
    return refusal_to_open("state", options.directory, cut);
  rocksdb::DB* opened = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  const auto watch = background_watch::make();
  const auto status = rocksdb::DB::Open(state_database_options(options, *watch), options.directory,
                                        families, &handles, &opened);
  std::unique_ptr<rocksdb::DB> database(opened);
  if (!status.ok()) return refusal_to_open("state", options.directory, status);
  auto store = std::make_unique<rocks_state_store>(std::move(database), std::move(handles),
                                                   watch, options.write_buffer_bytes);
  if (auto refused = store->read_positions()) return *std::move(refused);
  if (!watch->unharmed()) return unread("state", options.directory);
  return std::unique_ptr<state_store>(std::move(store));
}

}  // namespace resalehub
