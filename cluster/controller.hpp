#pragma once
/// The record of the cluster's nodes and of who belongs to which partition: an entity like those of
/// actors/, the only one of its kind, in partition 0. Asked by the system alone: nodes that join or
/// start, operators, and the leader of partition 0, which acts on it (see placement.hpp). It
/// decides nothing about placement itself; numbers are never given twice, nobody is forgotten.

#include <string>
#include <variant>
#include <vector>

#include "base/entity_kind.hpp"
#include "cluster/placement.hpp"

namespace resalehub {

entity_id controller_id();
const entity_kind* controller_kind();

namespace controller {

inline constexpr std::size_t nodes_max = 4096;       ///< removed ones too
inline constexpr std::uint32_t partitions_max = slots_max;
inline constexpr std::size_t noted_max = 4096;       ///< partitions of one `note`
inline constexpr std::size_t members_max = 32;       ///< of one list of a partition
inline constexpr std::size_t key_bytes_max = 64;
inline constexpr std::size_t name_bytes_max = 253;
inline constexpr std::size_t region_bytes_max = 64;
inline constexpr std::size_t address_bytes_max = 300;

// -- state ----------------------------------------------------------------------------------------

struct node {
  node_number number = 0;
  std::string name;     ///< of its certificate; unique among those that were not removed
  std::string key;      ///< drawn by the joiner: one data directory
  std::string region;
  std::string address;  ///< host:port of its links
  std::string http;     ///< host:port of its public listener
  std::string admin;    ///< host:port of its listener for operators
  node_standing standing = node_standing::active;
};
RESALEHUB_DESCRIBE(node, number, name, key, region, address, http, admin, standing)

struct partition_members {
  placement::partition_number partition = 0;
  membership members;
  std::uint64_t index = 0;  ///< of this configuration in its group's log: grows with every change
};
RESALEHUB_DESCRIBE(partition_members, partition, members, index)

struct state {
  std::uint32_t partitions_count = 0;  ///< 0: nobody has joined
  node_number next_number = 1;
  std::vector<node> nodes;                    ///< by number
  std::vector<partition_members> partitions;  ///< by partition; those that were noted
  std::uint64_t version = 0;
};
RESALEHUB_DESCRIBE(state, partitions_count, next_number, nodes, partitions, version)

// -- commands, by nobody: the system --------------------------------------------------------------

/// By a node without a number -> [mp] welcome. The same key has the same number, for ever; a
/// removed one is gone. The same name with another key: its data directory is lost, and with it the
/// node that had the name, if that is the one that the joiner was told of: so a joiner that died
/// and is heard late cannot put out who has joined since. The first to join, its founder, says how
/// many partitions there are; nobody else says so, and has to wait for it.
struct join {
  std::string key, name, region, address, http, admin;
  std::uint32_t partitions = 0;
  node_number replaces = 0;  ///< who was said to have its name
};
/// By a node that starts again -> nothing. gone, when it was removed; forbidden with another key.
struct announce {
  node_number number = 0;
  std::string key, region, address, http, admin;
};
/// By an operator -> nothing: all replicas shall leave it. Refused for the last that would stay.
struct drain {
  node_number node = 0;
};
struct keep {  ///< by an operator -> nothing: it shall not be drained after all
  node_number node = 0;
};
struct remove {  ///< by an operator -> nothing: a drained node without replicas leaves for ever
  node_number node = 0;
};
struct forsake {  ///< by an operator -> nothing: a dead node, with its replicas, never comes back
  node_number node = 0;
};
/// By the leaders of partitions -> nothing. What is older than what is known is passed over.
struct note {
  std::vector<partition_members> changed;
};
using command = std::variant<join, announce, drain, keep, remove, forsake, note>;
RESALEHUB_DESCRIBE(join, key, name, region, address, http, admin, partitions, replaces)
RESALEHUB_DESCRIBE(announce, number, key, region, address, http, admin)
RESALEHUB_DESCRIBE(drain, node)
RESALEHUB_DESCRIBE(keep, node)
RESALEHUB_DESCRIBE(remove, node)
RESALEHUB_DESCRIBE(forsake, node)
RESALEHUB_DESCRIBE(note, changed)

// -- events ---------------------------------------------------------------------------------------

struct founded {
  std::uint32_t partitions = 0;
};
struct joined {
  node_number number = 0;
  std::string key, name, region, address, http, admin;
};
struct moved {  ///< to other addresses, or another region
  node_number number = 0;
  std::string region, address, http, admin;
};
struct drain_begun {
  node_number node = 0;
};
struct drain_ended {
  node_number node = 0;
};
struct removed {
  node_number node = 0;
};
struct noted {
  std::vector<partition_members> changed;
};
using event = std::variant<founded, joined, moved, drain_begun, drain_ended, removed, noted>;
RESALEHUB_DESCRIBE(founded, partitions)
RESALEHUB_DESCRIBE(joined, number, key, name, region, address, http, admin)
RESALEHUB_DESCRIBE(moved, number, region, address, http, admin)
RESALEHUB_DESCRIBE(drain_begun, node)
RESALEHUB_DESCRIBE(drain_ended, node)
RESALEHUB_DESCRIBE(removed, node)
RESALEHUB_DESCRIBE(noted, changed)

// -- queries, by nobody ---------------------------------------------------------------------------

struct read {};  ///< -> [mp] view
using query = std::variant<read>;
RESALEHUB_DESCRIBE(read)

// -- views ----------------------------------------------------------------------------------------

struct known_node {
  node_number number = 0;
  std::string name;
  std::string address;
};
struct welcome {
  node_number number = 0;         ///< 0: not yet, the joiner has to say that it replaces ...
  node_number replaces = 0;       ///< ... this one, which has its name
  std::uint32_t partitions = 0;   ///< of the cluster, whatever the joiner asked for
  std::vector<known_node> peers;  ///< the others that were not removed
};
struct node_shown {  ///< a node without its key
  node_number number = 0;
  std::string name, region, address, http, admin;
  node_standing standing = node_standing::active;
};
struct view {
  std::uint32_t partitions_count = 0;
  std::vector<node_shown> nodes;
  std::vector<partition_members> partitions;
  std::uint64_t version = 0;
};
RESALEHUB_DESCRIBE(known_node, number, name, address)
RESALEHUB_DESCRIBE(welcome, number, replaces, partitions, peers)
RESALEHUB_DESCRIBE(node_shown, number, name, region, address, http, admin, standing)
RESALEHUB_DESCRIBE(view, partitions_count, nodes, partitions, version)

// -- rules ----------------------------------------------------------------------------------------

result<decision<event>> decide(const state& s, const command& c, const context& ctx);
void apply(state& s, const event& e);
result<answer> ask(const state& s, const query& q, const context& ctx);
std::string show(const state& s, const entity_id& viewer);  ///< JSON view, to nobody: the system
void index(const state& s, std::vector<index_row>& rows);

}  // namespace controller
}  // namespace resalehub
