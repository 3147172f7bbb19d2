// The ceiling of `commits`: RocksDB alone, one writer, every batch synced before the next.
// bare_rocksdb DIRECTORY tuned|plain ENTRIES_IN_A_BATCH SECONDS prints entries per second, and a
// batch's p50 and p99 in microseconds. Tuned is as well as we know (a recycled log, an unsorted
// memory table), plain is as it comes.

#include <rocksdb/db.h>
#include <rocksdb/memtablerep.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t value_bytes = 256;
constexpr std::size_t buffer_bytes = 4u << 20;
/// Enough to fill some memory tables: only then are files of the log recycled.
constexpr int warm_up_batches = 2'000;
constexpr int warm_up_entries = 64;

void require(const rocksdb::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "bare_rocksdb: %s\n", status.ToString().c_str());
  std::exit(2);
}

rocksdb::Options plain() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.error_if_exists = true;
  return options;
}

rocksdb::Options tuned() {
  auto options = plain();
  options.allow_concurrent_memtable_write = false;
  options.enable_write_thread_adaptive_yield = false;
  options.memtable_factory = std::make_shared<rocksdb::VectorRepFactory>();
  options.recycle_log_file_num = 2;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;
  options.compression = rocksdb::kNoCompression;
  options.write_buffer_size = buffer_bytes;
  options.max_write_buffer_number = 4;
  options.stats_dump_period_sec = 0;
  options.info_log_level = rocksdb::WARN_LEVEL;
  return options;
}

std::unique_ptr<rocksdb::DB> open(const char* directory, const rocksdb::Options& options) {
  rocksdb::DB* database = nullptr;
  require(rocksdb::DB::Open(options, directory, &database));
  return std::unique_ptr<rocksdb::DB>(database);
}

class writer {
 public:
  explicit writer(rocksdb::DB& database) : database_(database) {}

  void write(int entries, const rocksdb::WriteOptions& how) {
    batch_.Clear();
    for (int i = 0; i < entries; ++i) {
      std::snprintf(key_.data(), key_.size(), "%016llx", ++last_);
      // Not all alike, as real entries are not.
      value_[last_ % value_bytes] = static_cast<char>(last_);
      require(batch_.Put(rocksdb::Slice(key_.data(), 16), value_));
    }
    require(database_.Write(how, &batch_));
  }

 private:
  rocksdb::DB& database_;
  rocksdb::WriteBatch batch_;
  unsigned long long last_ = 0;
  std::string key_ = std::string(17, '\0');
  std::string value_ = std::string(value_bytes, 'v');
};

}  // namespace

int main(int count, char** words) {
  if (count != 5) return 2;
  const auto database = open(words[1], std::string_view(words[2]) == "plain" ? plain() : tuned());
  const int entries = std::atoi(words[3]);
  const double wanted_s = std::atof(words[4]);
  writer one(*database);
  for (int i = 0; i < warm_up_batches; ++i) one.write(warm_up_entries, {});
  require(database->Flush({}));
  require(database->SyncWAL());

  rocksdb::WriteOptions synced;
  synced.sync = true;
  using clock = std::chrono::steady_clock;
  std::vector<double> took_us;
  const auto begin = clock::now();
  const auto end = begin + std::chrono::duration<double>(wanted_s);
  for (auto before = begin; before < end;) {
    one.write(entries, synced);
    const auto after = clock::now();
    took_us.push_back(std::chrono::duration<double, std::micro>(after - before).count());
    before = after;
  }
  const std::chrono::duration<double> took = clock::now() - begin;
  std::sort(took_us.begin(), took_us.end());
  const auto quantile = [&](double share) {
    return took_us[static_cast<std::size_t>(share * static_cast<double>(took_us.size() - 1))];
  };
  std::printf("%.1f %.1f %.1f\n", static_cast<double>(took_us.size()) * entries / took.count(),
              quantile(0.50), quantile(0.99));
}
