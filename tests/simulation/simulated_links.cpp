#include "tests/simulation/simulated_links.hpp"

#include <charconv>

#include "base/check.hpp"

namespace resalehub::simulation {

namespace {

constexpr std::string_view address_head = "machine-";
constexpr std::string_view address_tail = ":7000";

}  // namespace

std::string address_of(machine_number machine) {
  return std::string(address_head) + std::to_string(machine) + std::string(address_tail);
}

std::optional<machine_number> machine_at(std::string_view address) {
  if (!address.starts_with(address_head) || !address.ends_with(address_tail)) return std::nullopt;
  address.remove_prefix(address_head.size());
  address.remove_suffix(address_tail.size());
  machine_number machine = 0;
  const auto* end = address.data() + address.size();
  const auto [read, wrong] = std::from_chars(address.data(), end, machine);
  if (wrong != std::errc{} || read != end || machine < 1 || machine > machines_max)
    return std::nullopt;
  return machine;
}

simulated_links::simulated_links(network& ways, machine_number machine, identity who)
    : ways_(ways), machine_(machine), who_(std::move(who)) {}

simulated_links::~simulated_links() { stop(); }

void simulated_links::start(link_listener& listener) {
  check(listener_ == nullptr, "links start once");
  listener_ = &listener;
  ways_.attach(machine_, who_, *this);
  expect_peers();
}

void simulated_links::stop() {
  if (listener_ == nullptr) return;
  listener_ = nullptr;
  ways_.detach(machine_);
}

void simulated_links::know(std::vector<peer> peers) {
  peers_ = std::move(peers);
  if (listener_ != nullptr) expect_peers();
}

void simulated_links::expect_peers() {
  std::map<machine_number, identity> expected;
  for (const auto& one : peers_) {
    const auto machine = machine_at(one.address);
    if (machine && one.node != who_.node) expected[*machine] = {one.node, one.name};
  }
  ways_.expect(machine_, std::move(expected));
}

bool simulated_links::send(node_number to, lane way, std::string message) {
  if (listener_ == nullptr) return false;
  for (const auto& one : peers_) {
    if (one.node != to) continue;
    const auto machine = machine_at(one.address);
    if (!machine || *machine == machine_) return false;
    return ways_.send(machine_, *machine, way, std::move(message));
  }
  return false;
}

void simulated_links::introduce(std::string_view address, std::string request,
                                std::function<void(std::string)> answered) {
  const auto machine = machine_at(address);
  if (!machine || *machine == machine_ || listener_ == nullptr) return;
  ways_.ask({machine_, *machine, who_.name, std::move(request)}, std::move(answered));
}

void simulated_links::number(node_number given) {
  check(who_.node == 0 && given != 0, "a node is given its number once");
  who_.node = given;
  if (listener_ == nullptr) return;
  ways_.detach(machine_);
  ways_.attach(machine_, who_, *this);
  expect_peers();
}

void simulated_links::opened(machine_number, const identity& who) {
  listener_->connected(who.node, who.incarnation);
}

void simulated_links::closed(machine_number, const identity& who) {
  listener_->disconnected(who.node);
}

void simulated_links::arrived(machine_number, const identity& who, std::string message) {
  listener_->arrived(who.node, who.incarnation, std::move(message));
}

void simulated_links::asked(std::string name, std::string request,
                            std::function<void(std::string)> reply) {
  listener_->introduced(std::move(name), std::move(request), std::move(reply));
}

}  // namespace resalehub::simulation
