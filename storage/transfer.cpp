#include "storage/transfer.hpp"

#include <rocksdb/db.h>
#include <rocksdb/snapshot.h>

#include "base/bug.hpp"
#include "base/check.hpp"
#include "storage/rocks_options.hpp"

namespace resalehub {
namespace {

constexpr std::string_view reading = "reading the state";

family next_family(family where) { return static_cast<family>(static_cast<int>(where) + 1); }
bool is_last_family(family where) { return static_cast<int>(where) + 1 == family_count; }

class snapshot_source final : public transfer_source {
 public:
  snapshot_source(rocksdb::DB& database, const state_families& families,
                  std::shared_ptr<const background_watch> watch,
                  keys::partition_number partition)
      : database_(database),
        families_(families),
        watch_(std::move(watch)),
        partition_(partition),
        from_(keys::partition_prefix(partition)),
        end_(keys::after_prefix(from_)),
        snapshot_(&database),
        reading_(reading_options()) {
    reading_.snapshot = snapshot_.snapshot();
    reading_.fill_cache = false;  // read once, and all of it
    as_of_ = parse_position(value_of(from_).value_or(std::string(16, '\0')));
    check(as_of_.mixed_until == 0, "a mixed partition is not transferred");
    members_ = value_of(members_key(partition)).value_or("");
  }

  transfer_chunk next(std::size_t bytes) override {
    check(!whole_, "nothing comes after the last chunk");
    transfer_chunk chunk{.partition = partition_,
                         .as_of = as_of_,
                         .where = where_,
                         .from = from_,
                         .to = {},
                         .rows = {},
                         .members = members_,
                         .last = 0};
    read_rows(chunk, bytes);
    if (!chunk.to.empty()) {
      from_ = chunk.to;
    } else if (is_last_family(where_)) {
      whole_ = true;
      chunk.last = 1;
    } else {
      where_ = next_family(where_);
      from_ = keys::partition_prefix(partition_);
    }
    return chunk;
  }

 private:
  std::optional<std::string> value_of(const std::string& key) const {
    std::string value;
    const auto status = database_.Get(reading_, families_.positions, key, &value);
    if (status.IsNotFound()) return std::nullopt;
    require(status, reading);
    return value;
  }

  void read_rows(transfer_chunk& chunk, std::size_t bytes) {
    auto options = reading_;
    const rocksdb::Slice upper = end_;
    options.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> row(
        database_.NewIterator(options, families_.at(where_)));
    write_list rows;
    for (row->Seek(from_); row->Valid(); row->Next()) {
      if (!rows.empty() && rows.bytes().size() >= bytes) {
        chunk.to = row->key().ToString();
        break;
      }
      rows.put(where_, row->key().ToStringView(), row->value().ToStringView());
    }
    require(row->status(), reading);
    watch_->require_unharmed();
    chunk.rows = rows.take();
  }

  rocksdb::DB& database_;
  const state_families families_;
  const std::shared_ptr<const background_watch> watch_;
  const keys::partition_number partition_;
  family where_ = family::records;
  std::string from_;
  const std::string end_;
  rocksdb::ManagedSnapshot snapshot_;
  rocksdb::ReadOptions reading_;
  applied_position as_of_;
  std::string members_;
  bool whole_ = false;
};

class chunk_filler final : public write_visitor {
 public:
  chunk_filler(state_batch& batch, const transfer_chunk& chunk, std::string_view to)
      : batch_(batch), chunk_(chunk), to_(to) {}

  void put(family where, std::string_view key, std::string_view value) override {
    check(where == chunk_.where && key >= chunk_.from && key < to_,
          "a chunk's rows lie within its range");
    batch_.put(where, key, value);
  }
  void erase(family, std::string_view) override { fail("a chunk of a transfer only puts"); }
  void erase_range(family, std::string_view, std::string_view) override {
    fail("a chunk of a transfer only puts");
  }

 private:
  state_batch& batch_;
  const transfer_chunk& chunk_;
  const std::string_view to_;
};

std::string end_of(const transfer_chunk& chunk) {
  if (!chunk.to.empty()) return chunk.to;
  return keys::after_prefix(keys::partition_prefix(chunk.partition));
}

}  // namespace

std::unique_ptr<transfer_source> make_transfer_source(
    rocksdb::DB& database, const state_families& families,
    std::shared_ptr<const background_watch> watch, keys::partition_number partition) {
  return std::make_unique<snapshot_source>(database, families, std::move(watch), partition);
}

void add_rows(state_batch& batch, const transfer_chunk& chunk) {
  const auto prefix = keys::partition_prefix(chunk.partition);
  const auto to = end_of(chunk);
  check(prefix <= chunk.from && chunk.from <= to && to <= keys::after_prefix(prefix),
        "a chunk's range lies within its partition");
  if (!broken(bug::transfer_leaves_rows)) batch.erase_range(chunk.where, chunk.from, to);
  chunk_filler filler(batch, chunk, to);
  check(visit(chunk.rows, filler), "a chunk's rows can be read");
}

void transfers_under_way::advance(const transfer_chunk& chunk) {
  const auto prefix = keys::partition_prefix(chunk.partition);
  const bool first = chunk.where == family::records && chunk.from == prefix;
  if (!first) {
    const auto found = expected_.find(chunk.partition);
    check(found != expected_.end() && found->second.index == chunk.as_of.index &&
              found->second.term == chunk.as_of.term && found->second.where == chunk.where &&
              found->second.from == chunk.from,
          "the chunks of a transfer follow each other");
  }
  const bool ends_family = end_of(chunk) == keys::after_prefix(prefix);
  const bool ends_all = ends_family && is_last_family(chunk.where);
  check(ends_all == (chunk.last != 0), "a transfer's last chunk ends its last family");
  if (ends_all) return forget(chunk.partition);
  expected_[chunk.partition] = {chunk.as_of.index, chunk.as_of.term,
                                ends_family ? next_family(chunk.where) : chunk.where,
                                ends_family ? prefix : chunk.to};
}

}  // namespace resalehub
