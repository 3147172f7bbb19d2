#include "bench/etcd.hpp"

#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "bench/chatter.hpp"

namespace resalehub::bench {
namespace {

constexpr std::size_t count = 3;
constexpr const char* program = "/usr/bin/etcd";

std::string url_of(const endpoint& one) {
  return "http://" + one.address + ":" + std::to_string(one.port);
}

std::string name_of(std::size_t which) { return "e" + std::to_string(which + 1); }

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t at) {
      return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0u;
    };
    const unsigned group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    for (const unsigned shift : {18u, 12u, 6u, 0u}) out += digits[group >> shift & 63u];
    for (auto missing = i + 2; missing >= bytes.size() && missing > i; --missing)
      out[out.size() - (i + 3 - missing)] = '=';
  }
  return out;
}

bool serves(const endpoint& one) {
  try {
    const auto said = ask_once(one, {.method = "GET", .path = "/health"});
    return said.find(R"("health":"true")") != said.npos;
  } catch (const std::runtime_error&) {
    return false;
  }
}

}  // namespace

std::optional<std::string> etcd_nodes::why_not() {
  if (::access(program, X_OK) == 0) return std::nullopt;
  return "etcd is not installed (Debian package etcd-server), so nothing stands beside commands.";
}

etcd_nodes::etcd_nodes(const settings&, const std::filesystem::path& place) {
  std::string cluster;
  for (std::size_t i = 0; i < count; ++i) {
    doors_.push_back({.port = free_port()});
    links_.push_back({.port = free_port()});
    cluster += (i == 0 ? "" : ",") + name_of(i) + "=" + url_of(links_[i]);
  }
  for (std::size_t i = 0; i < count; ++i) start(place, i, cluster);
  for (std::size_t i = 0; i < count; ++i) {
    for (int looks = 0; !serves(doors_[i]); ++looks) {
      if (looks == 3000 || processes_[i].ended()) throw std::runtime_error("etcd did not start");
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
}

void etcd_nodes::start(const std::filesystem::path& place, std::size_t which,
                       const std::string& cluster) {
  const auto name = name_of(which);
  processes_.emplace_back(
      std::vector<std::string>{
          program, "--name", name, "--data-dir", (place / name).string(), "--log-level", "error",
          "--listen-client-urls", url_of(doors_[which]), "--advertise-client-urls",
          url_of(doors_[which]), "--listen-peer-urls", url_of(links_[which]),
          "--initial-advertise-peer-urls", url_of(links_[which]), "--initial-cluster", cluster},
      place / (name + ".log"));
}

double etcd_nodes::used_s() const {
  double sum = 0;
  for (const auto& process : processes_) sum += processor_s(process.id());
  return sum;
}

script etcd_puts() {
  const auto value = base64(std::string(message_bytes, 'x'));
  return {.ask =
              [value](std::size_t, std::string& out) {
                append(out, {.method = "POST",
                             .path = "/v3/kv/put",
                             .body = R"({"key":")" + base64(message_number()) +
                                     R"(","value":")" + value + "\"}"});
                return true;
              },
          .take = [](std::size_t, const reply& answer) { expect(answer, 200); }};
}

}  // namespace resalehub::bench
