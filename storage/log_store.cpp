#include "storage/log_store.hpp"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/write_batch.h>

#include <map>

#include "base/bug.hpp"
#include "base/check.hpp"
#include "storage/background_watch.hpp"
#include "storage/big_endian.hpp"
#include "storage/rocks_options.hpp"
#include "storage/write_ahead_check.hpp"

namespace resalehub {
namespace {

constexpr std::size_t entry_head_bytes = 8 + 1;

std::string log_key(group_number group, char kind) {
  std::string key;
  append_big_endian(key, group);
  key.push_back(kind);
  return key;
}

std::string entry_key(group_number group, std::uint64_t index) {
  auto key = log_key(group, 'e');
  append_big_endian(key, index);
  return key;
}

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

/// What the usual append must know of a group without reading.
struct group_extent {
  std::uint64_t cut_index = 0;
  std::uint64_t first = 0;  ///< no entry below it is stored; at start unknown, hence 0
  std::uint64_t last = 0;
  hard_state hard;
};

class rocks_log_store final : public log_store {
 public:
  rocks_log_store(std::unique_ptr<rocksdb::DB> database, std::shared_ptr<background_watch> watch,
                  std::size_t bytes_between_flushes)
      : database_(std::move(database)),
        watch_(std::move(watch)),
        bytes_between_flushes_(bytes_between_flushes) {}

  std::optional<problem> read_extents();

  stored_log load(group_number group) const override;
  void append(std::span<const log_append> appends) override;

 private:
  struct read_log {
    stored_log log;
    bool gone = false;       ///< a reset says that this node holds no replica
    std::string complaint;   ///< about what the rows say
    rocksdb::Status status;  ///< of reading them
  };
  read_log read(group_number group) const;
  void read_entry(std::uint64_t index, std::string_view value, read_log& into) const;

  /// True when there was one.
  bool add_reset(const log_append& append, group_extent& extent);
  void add_cut(const log_append& append, group_extent& extent);
  void add_entries(const log_append& append, group_extent& extent);
  /// True when losing it must not happen: term and vote, while the commit index may be found anew.
  bool add_hard_state(const log_append& append, group_extent& extent);
  void erase_entry(std::string_view key);
  void erase_all_entries(group_number group);
  void make_room();
  void write(rocksdb::WriteOptions options);
  void put_row(group_number group, char kind, std::initializer_list<std::uint64_t> numbers);

  std::unique_ptr<rocksdb::DB> database_;
  const std::shared_ptr<background_watch> watch_;
  const std::size_t bytes_between_flushes_;
  std::size_t unflushed_bytes_ = 0;
  rocksdb::WriteBatch batch_;  // kept for its memory
  std::map<group_number, group_extent> extents_;
};

// -- reading --------------------------------------------------------------------------------------

void rocks_log_store::read_entry(std::uint64_t index, std::string_view value,
                                 read_log& into) const {
  auto& log = into.log;
  if (index <= log.cut_index) return;  // its cut is kept, its erasure was not
  const auto expected = log.cut_index + log.entries.size() + 1;
  if (index != expected) {
    into.complaint = "entry " + std::to_string(expected) + " is missing before entry " +
                     std::to_string(index);
    return;
  }
  if (value.size() < entry_head_bytes) {
    into.complaint = "entry " + std::to_string(index) + " is cut short";
    return;
  }
  log_entry entry;
  entry.index = index;
  entry.term = big_endian_at<std::uint64_t>(value, 0);
  entry.type = static_cast<std::uint8_t>(value[8]);
  entry.data = std::make_shared<const std::string>(value.substr(entry_head_bytes));
  log.entries.push_back(std::move(entry));
}

rocks_log_store::read_log rocks_log_store::read(group_number group) const {
  read_log found;
  std::string prefix;
  append_big_endian(prefix, group);
  const auto end = keys::after_prefix(prefix);
  const rocksdb::Slice upper = slice(end);
  auto options = reading_options();
  if (!end.empty()) options.iterate_upper_bound = &upper;
  std::unique_ptr<rocksdb::Iterator> rows(database_->NewIterator(options));
  // 'c' < 'e' < 'h' < 'm': the cut is known before the entries.
  for (rows->Seek(prefix); rows->Valid() && found.complaint.empty(); rows->Next()) {
    const auto key = rows->key().ToStringView();
    const auto value = rows->value().ToStringView();
    if (key.size() < 3) continue;
    const char kind = key[2];
    if (kind == 'c') {
      found.log.cut_index = big_endian_at<std::uint64_t>(value, 0);
      found.log.cut_term = big_endian_at<std::uint64_t>(value, 8);
    } else if (kind == 'e') {
      read_entry(big_endian_at<std::uint64_t>(key, 3), value, found);
    } else if (kind == 'h') {
      found.log.hard = {big_endian_at<std::uint64_t>(value, 0),
                        big_endian_at<std::uint64_t>(value, 8),
                        big_endian_at<std::uint64_t>(value, 16)};
    } else if (kind == 'm') {
      found.log.member = big_endian_at<std::uint64_t>(value, 0);
      found.log.retired = big_endian_at<std::uint64_t>(value, 8);
      found.gone = found.log.member == 0;
    }
  }
  found.status = rows->status();
  if (!found.status.ok()) return found;
  const auto last = found.log.cut_index + found.log.entries.size();
  if (found.complaint.empty() && !found.gone && found.log.hard.commit > last)
    found.complaint = "entry " + std::to_string(found.log.hard.commit) +
                      " is committed and the last one is " + std::to_string(last);
  return found;
}

std::optional<problem> rocks_log_store::read_extents() {
  std::unique_ptr<rocksdb::Iterator> rows(database_->NewIterator(reading_options()));
  rows->SeekToFirst();
  while (rows->Valid()) {
    const auto group = big_endian_at<group_number>(rows->key().ToStringView(), 0);
    const auto found = read(group);
    if (!found.status.ok()) return refusal_to_open("log", database_->GetName(), found.status);
    if (!found.complaint.empty())
      return problem{code::internal, "The log of group " + std::to_string(group) +
                                         " is damaged: " + found.complaint + "."};
    auto& extent = extents_[group];
    extent.cut_index = found.log.cut_index;
    extent.last = found.log.cut_index + found.log.entries.size();
    extent.hard = found.log.hard;
    if (group == UINT16_MAX) break;
    rows->Seek(keys::partition_prefix(static_cast<group_number>(group + 1)));
  }
  if (!rows->status().ok())
    return refusal_to_open("log", database_->GetName(), rows->status());
  return std::nullopt;
}

stored_log rocks_log_store::load(group_number group) const {
  auto found = read(group);
  require(found.status, "reading the log");
  watch_->require_unharmed();
  check(found.complaint.empty(), "a log that was whole when opened is whole");
  return std::move(found.log);
}

// -- writing --------------------------------------------------------------------------------------

void rocks_log_store::erase_entry(std::string_view key) {
  require(batch_.Delete(slice(key)), "gathering a batch for the log");
}

void rocks_log_store::put_row(group_number group, char kind,
                              std::initializer_list<std::uint64_t> numbers) {
  std::string value;
  for (const auto number : numbers) append_big_endian(value, number);
  require(batch_.Put(log_key(group, kind), value), "gathering a batch for the log");
}

/// Those below its cut, too: what comes behind a reset may be cut nowhere.
void rocks_log_store::erase_all_entries(group_number group) {
  const auto end = log_key(group, 'e' + 1);
  const rocksdb::Slice upper = slice(end);
  auto options = reading_options();
  options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> row(database_->NewIterator(options));
  for (row->Seek(log_key(group, 'e')); row->Valid(); row->Next())
    erase_entry(row->key().ToStringView());
  require(row->status(), "reading the log");
}

bool rocks_log_store::add_reset(const log_append& append, group_extent& extent) {
  if (!append.reset) return false;
  const auto& reset = *append.reset;
  erase_all_entries(append.group);
  put_row(append.group, 'm', {reset.member, reset.retired});
  put_row(append.group, 'c', {reset.cut_index, reset.cut_term});
  put_row(append.group, 'h', {reset.hard.term, reset.hard.vote, reset.hard.commit});
  extent = {reset.cut_index, reset.cut_index + 1, reset.cut_index, reset.hard};
  return true;
}

void rocks_log_store::add_cut(const log_append& append, group_extent& extent) {
  if (!append.cut || append.cut->index <= extent.cut_index) return;
  const auto& cut = *append.cut;
  // The one range that is erased as such: entries below a cut are passed over, there or not.
  require(batch_.DeleteRange(entry_key(append.group, extent.first),
                             entry_key(append.group, cut.index + 1)),
          "gathering a batch for the log");
  put_row(append.group, 'c', {cut.index, cut.term});
  extent.cut_index = cut.index;
  extent.first = cut.index + 1;
  extent.last = std::max(extent.last, cut.index);
}

void rocks_log_store::add_entries(const log_append& append, group_extent& extent) {
  if (append.entries.empty()) return;
  const auto from = append.entries.front().index;
  check(from > extent.cut_index && from <= extent.last + 1, "a log is appended without a hole");
  const auto last = append.entries.back().index;
  for (auto index = last + 1; index <= extent.last; ++index)
    erase_entry(entry_key(append.group, index));

  auto key = entry_key(append.group, from);
  std::string head;
  auto expected = from;
  for (const auto& entry : append.entries) {
    check(entry.index == expected++, "appended entries follow each other");
    key.resize(3);
    append_big_endian(key, entry.index);
    head.clear();
    append_big_endian(head, entry.term);
    head.push_back(static_cast<char>(entry.type));
    const rocksdb::Slice key_part = slice(key);
    const rocksdb::Slice value_parts[] = {
        slice(head), entry.data ? slice(*entry.data) : rocksdb::Slice()};
    require(batch_.Put(rocksdb::SliceParts(&key_part, 1), rocksdb::SliceParts(value_parts, 2)),
            "gathering a batch for the log");
  }
  extent.last = last;
}

bool rocks_log_store::add_hard_state(const log_append& append, group_extent& extent) {
  if (!append.hard) return false;
  const auto& hard = *append.hard;
  put_row(append.group, 'h', {hard.term, hard.vote, hard.commit});
  const bool promises = hard.term != extent.hard.term || hard.vote != extent.hard.vote;
  extent.hard = hard;
  return promises;
}

void rocks_log_store::make_room() {
  if (unflushed_bytes_ < bytes_between_flushes_) return;
  rocksdb::FlushOptions options;
  options.wait = false;
  options.allow_write_stall = true;
  const auto status = database_->Flush(options);
  if (status.IsTryAgain()) return;  // too many flushes wait: the write waits too
  require(status, "flushing the log");
  unflushed_bytes_ = 0;
}

void rocks_log_store::append(std::span<const log_append> appends) {
  if (!broken(bug::sync_failure_ignored)) watch_->require_unharmed();
  batch_.Clear();
  rocksdb::WriteOptions options;
  for (const auto& append : appends) {
    auto& extent = extents_[append.group];
    if (append.reset) write(options);  // it erases what is stored
    if (add_reset(append, extent)) options.sync = true;
    add_cut(append, extent);
    add_entries(append, extent);
    if (add_hard_state(append, extent) || !append.entries.empty()) options.sync = true;
  }
  write(options);
}

void rocks_log_store::write(rocksdb::WriteOptions options) {
  if (batch_.Count() == 0) return;
  make_room();
  if (broken(bug::log_unsynced)) options.sync = false;
  const auto status = database_->Write(options, &batch_);
  if (!broken(bug::sync_failure_ignored)) require(status, "writing the log");
  unflushed_bytes_ += batch_.GetDataSize();
  batch_.Clear();
}

}  // namespace

result<std::unique_ptr<log_store>> log_store::open(const store_options& options) {
  auto& env = options.env != nullptr ? *options.env : *rocksdb::Env::Default();
  if (const auto damage = write_ahead_damage(env, options.directory))
    return problem{code::internal,
                   "The log in " + options.directory + " is damaged: " + *damage + "."};
  if (const auto cut = cut_torn_write_ahead(env, options.directory); !cut.ok())
    return refusal_to_open("log", options.directory, cut);
  std::unique_ptr<rocksdb::DB> database;
  const auto watch = background_watch::make();
  for (const auto& chosen :
       {log_recovery_options(options, *watch), log_database_options(options, *watch)}) {
    database.reset();
    rocksdb::DB* opened = nullptr;
    const auto status = rocksdb::DB::Open(rocksdb::Options(chosen, log_family_options(options)),
                                          options.directory, &opened);
    if (!status.ok()) return refusal_to_open("log", options.directory, status);
    database.reset(opened);
  }
  auto store = std::make_unique<rocks_log_store>(std::move(database), watch,
                                                 log_bytes_between_flushes(options));
  if (auto refused = store->read_extents()) return *std::move(refused);
  if (!watch->unharmed()) return unread("log", options.directory);
  return std::unique_ptr<log_store>(std::move(store));
}

}  // namespace resalehub
