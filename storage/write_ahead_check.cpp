#include "storage/write_ahead_check.hpp"

#include <rocksdb/env.h>

#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <map>
#include <memory>
#include <string_view>

namespace resalehub {
namespace {

// A file is blocks of 32 KiB, a block is fragments of records:
//   fragment := crc u32, length u16, type u8, payload
//             | crc u32, length u16, type u8, file number u32, payload   (types from 5 on)
// All little-endian; the crc covers all behind the length. A block's last few bytes may be unused.
constexpr std::size_t block_bytes = 32768;
constexpr std::size_t short_head_bytes = 7;
constexpr std::size_t long_head_bytes = 11;
constexpr std::uint8_t full = 1;
constexpr std::uint8_t first = 2;
constexpr std::uint8_t last = 4;
constexpr std::uint8_t numbered = 4;  ///< added to the types of files that are used again

constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    table[i] = i;
    for (int bit = 0; bit < 8; ++bit)
      table[i] = table[i] >> 1 ^ (table[i] % 2 == 1 ? 0x82f63b78u : 0u);
  }
  return table;
}

constexpr auto table = crc_table();

std::uint32_t crc_step(std::uint32_t crc, char byte) {
  return table[(crc ^ static_cast<std::uint8_t>(byte)) & 0xff] ^ crc >> 8;
}

/// CRC-32C. RocksDB stores it turned and shifted.
std::uint32_t crc_of(std::string_view bytes) {
  std::uint32_t crc = ~0u;
  for (const char byte : bytes) crc = crc_step(crc, byte);
  return ~crc;
}
std::uint32_t as_stored(std::uint32_t crc) { return std::rotr(crc, 15) + 0xa282ead8u; }
std::uint32_t as_computed(std::uint32_t stored) { return std::rotl(stored - 0xa282ead8u, 15); }

/// Whether the crc would be right were one bit of the bytes, or of the stored crc, another. A torn
/// write is never so close.
bool one_bit_off(std::string_view bytes, std::uint32_t stored) {
  const auto crc = crc_of(bytes);
  if (std::popcount(as_stored(crc) ^ stored) == 1) return true;
  const auto difference = crc ^ as_computed(stored);
  if (difference == 0) return false;
  // What a wrong bit does to the crc depends on its distance to the end alone.
  std::array<std::uint32_t, 8> effects{};
  for (std::size_t bit = 0; bit < effects.size(); ++bit)
    effects[bit] = crc_step(0, static_cast<char>(1 << bit));
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (auto& effect : effects) {
      if (effect == difference) return true;
      effect = crc_step(effect, 0);
    }
  return false;
}

template <class Number>
Number little_endian_at(std::string_view bytes, std::size_t at) {
  Number number = 0;
  for (std::size_t i = sizeof(Number); i-- > 0;)
    number = static_cast<Number>(number << 8 | static_cast<std::uint8_t>(bytes[at + i]));
  return number;
}

struct fragment {
  std::uint8_t type = 0;
  std::size_t size = 0;  ///< with its head
  bool whole = false;
  bool ours = false;  ///< its head belongs to this file, but for one bit

  bool begins_record() const { return whole && (type == full || type == first); }
};

class write_ahead_file {
 public:
  write_ahead_file(std::uint64_t number, std::string bytes)
      : number_(static_cast<std::uint32_t>(number)), bytes_(std::move(bytes)) {
    if (bytes_.size() > short_head_bytes) numbered_ = bytes_[6] > numbered;
  }

  /// An end that was written here, but not as a whole.
  struct torn_end {
    std::size_t record = 0;    ///< where it begins
    std::size_t fragment = 0;  ///< ... and its first fragment that cannot be read
  };
  std::optional<torn_end> torn() const {
    std::size_t at = 0, record = 0;
    bool within = false;
    while (has_head(at)) {
      const auto found = fragment_at(at);
      if (!within) record = at;
      if (!found.whole && !within && !found.ours && !rotten(at)) return std::nullopt;
      if (!found.whole) return torn_end{record, at};
      within = found.type != full && found.type != last;
      at = next_head(at, found.size);
    }
    // Behind whole records of a file that is used again, a few bytes may be left of its former use.
    const bool short_head = (at == 0 || !numbered_) && at < bytes_.size() &&
                            bytes_.find_first_not_of('\0', at) != bytes_.npos;
    if (within || short_head) return torn_end{within ? record : at, at};
    return std::nullopt;
  }

  /// One bit of the fragment is wrong.
  bool rotten(std::size_t at) const {
    if (!has_head(at)) return false;
    const std::string_view bytes = bytes_;
    const auto stored = little_endian_at<std::uint32_t>(bytes, at);
    const auto length = little_endian_at<std::uint16_t>(bytes, at + 4);
    const auto block_end = std::min((at / block_bytes + 1) * block_bytes, bytes.size());
    const auto covered = [&](std::size_t payload) {
      const auto size = head_bytes() + payload;
      return at + size <= block_end ? bytes.substr(at + 6, size - 6) : std::string_view();
    };
    if (const auto all = covered(length); !all.empty() && one_bit_off(all, stored)) return true;
    for (int bit = 0; bit < 16; ++bit)
      if (const auto all = covered(length ^ 1u << bit);
          !all.empty() && names_this_file(at) && as_stored(crc_of(all)) == stored)
        return true;
    return false;
  }

  bool record_begins_behind(std::size_t at) const {
    if (!has_head(at)) return false;
    for (at = next_head(at, fragment_at(at).size); has_head(at);) {
      const auto found = fragment_at(at);
      if (found.begins_record()) return true;
      const auto next_block = (at / block_bytes + 1) * block_bytes;
      at = found.whole || found.ours ? next_head(at, found.size) : next_block;
    }
    return false;
  }

  bool begins_with_record() const { return has_head(0) && fragment_at(0).begins_record(); }

 private:
  std::size_t head_bytes() const { return numbered_ ? long_head_bytes : short_head_bytes; }
  bool has_head(std::size_t at) const { return at + head_bytes() <= bytes_.size(); }

  bool names_this_file(std::size_t at) const {
    return !numbered_ || little_endian_at<std::uint32_t>(bytes_, at + 7) == number_;
  }

  std::size_t next_head(std::size_t at, std::size_t size) const {
    const auto block_end = (at / block_bytes + 1) * block_bytes;
    const auto next = at + size;
    return next + head_bytes() > block_end ? block_end : next;
  }

  fragment fragment_at(std::size_t at) const {
    const std::string_view bytes = bytes_;
    fragment found;
    const auto type = static_cast<std::uint8_t>(bytes[at + 6]);
    const auto payload = little_endian_at<std::uint16_t>(bytes, at + 4);
    const auto block_end = std::min((at / block_bytes + 1) * block_bytes, bytes.size());
    const std::uint8_t lowest = numbered_ ? 1 + numbered : 1;
    const bool typed = type >= lowest && type < lowest + last;
    found.type = static_cast<std::uint8_t>(numbered_ ? type - numbered : type);
    found.size = std::min(head_bytes() + payload, block_end - at);
    int wrong_bits = typed ? 0 : type == 0 ? 2 : 1;
    if (numbered_)
      wrong_bits += std::popcount(little_endian_at<std::uint32_t>(bytes, at + 7) ^ number_);
    found.ours = wrong_bits < 2;
    const bool fits = at + head_bytes() + payload <= block_end;
    found.whole = wrong_bits == 0 && fits &&
                  as_stored(crc_of(bytes.substr(at + 6, head_bytes() - 6 + payload))) ==
                      little_endian_at<std::uint32_t>(bytes, at);
    return found;
  }

  const std::uint32_t number_;
  const std::string bytes_;
  bool numbered_ = false;
};

std::map<std::uint64_t, std::string> write_ahead_names(rocksdb::Env& env,
                                                       const std::string& directory) {
  std::vector<std::string> names;
  std::map<std::uint64_t, std::string> found;
  if (!env.GetChildren(directory, &names).ok()) return found;  // a new one
  for (const auto& name : names) {
    std::uint64_t number = 0;
    const auto end = std::from_chars(name.data(), name.data() + name.size(), number).ptr;
    if (std::string_view(end) == ".log") found[number] = name;
  }
  return found;
}

rocksdb::Status read(rocksdb::Env& env, const std::string& path, std::string& bytes) {
  return rocksdb::ReadFileToString(&env, path, &bytes);
}

rocksdb::Status cut(rocksdb::Env& env, const std::string& path, std::uint64_t bytes) {
  std::unique_ptr<rocksdb::WritableFile> file;
  auto status = env.ReopenWritableFile(path, &file, rocksdb::EnvOptions());
  if (status.ok()) status = file->Truncate(bytes);
  if (status.ok()) status = file->Fsync();
  return status.ok() ? file->Close() : status;
}

rocksdb::Status cut_all(rocksdb::Env& env, const std::string& directory) {
  for (const auto& [number, name] : write_ahead_names(env, directory)) {
    const auto path = directory + "/" + name;
    std::string bytes;
    auto status = read(env, path, bytes);
    if (!status.ok()) return status;
    const auto torn = write_ahead_file(number, std::move(bytes)).torn();
    if (torn) status = cut(env, path, torn->record);
    if (!status.ok()) return status;
  }
  return rocksdb::Status::OK();
}

}  // namespace

std::optional<std::string> write_ahead_damage(rocksdb::Env& env, const std::string& directory) {
  std::string damaged;
  for (const auto& [number, name] : write_ahead_names(env, directory)) {
    std::string bytes;
    const auto status = read(env, directory + "/" + name, bytes);
    if (!status.ok()) return name + " cannot be read: " + status.ToString();
    const write_ahead_file file(number, std::move(bytes));
    if (!damaged.empty() && file.begins_with_record()) return damaged;
    const auto torn = file.torn();
    if (!torn) continue;
    const auto at = torn->fragment;
    damaged = name + " cannot be read at byte " + std::to_string(at);
    if (file.rotten(at) || file.record_begins_behind(at)) return damaged;
  }
  return std::nullopt;
}

rocksdb::Status cut_torn_write_ahead(rocksdb::Env& env, const std::string& directory) {
  if (write_ahead_names(env, directory).empty()) return rocksdb::Status::OK();
  rocksdb::FileLock* lock = nullptr;
  auto status = env.LockFile(directory + "/LOCK", &lock);
  if (!status.ok()) return status;
  status = cut_all(env, directory);
  const auto unlocked = env.UnlockFile(lock);
  return status.ok() ? unlocked : status;
}

}  // namespace resalehub
