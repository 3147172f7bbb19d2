#include "ctl_command.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <unistd.h>

#include "base/json.hpp"
#include "config/load.hpp"
#include "local_cluster.hpp"

namespace resalehub {
namespace {

constexpr int exit_refused = 1;
constexpr milliseconds between_looks{1000};
constexpr int drain_failures_max = 30;    ///< looks in a row that nobody answered
constexpr milliseconds transfer_glance{50};  ///< the cluster may even it out again soon
constexpr int transfer_looks_max = 300;

int refuse(const problem& why) {
  std::fprintf(stderr, "resalehub: %s\n", why.detail.c_str());
  return exit_refused;
}

int print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (!text.ends_with('\n')) std::putchar('\n');
  std::fflush(stdout);
  return 0;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ",") + word;
  return out.empty() ? "none" : out;
}

std::string table_of_nodes(const std::vector<node_line>& nodes) {
  std::vector<text_row> rows;
  for (const auto& one : nodes)
    rows.push_back({one.node, one.state, one.reachable ? "yes" : "no",
                    one.region.empty() ? "none" : one.region, one.http, one.admin,
                     std::to_string(one.leaders),
                    std::to_string(one.replicas)});
  return table_of({"NODE", "STATE", "REACHABLE", "REGION", "HTTP", "ADMIN", "LEADERS", "REPLICAS"},
                  rows);
}

std::string text_of(const inspected& one) {
  std::string out = to_text(one.id) + ", " + one.kind + ", version " +
                    std::to_string(one.version) + ", partition " + std::to_string(one.partition) +
                    "\nshown  " + one.shown.text + "\nstate  " + one.state.text + "\n";
  for (const auto& timer : one.timers)
    out += "timer  " + timer.name + " due " + to_rfc3339(timer.due) + "\n";
  std::vector<text_row> rows;
  for (const auto& event : one.events)
    rows.push_back({std::to_string(event.version), to_rfc3339(event.at),
                    event.by ? to_text(*event.by) : "-", event.type,
                    event.fields.text});
  if (!rows.empty()) out += table_of({"VERSION", "AT", "BY", "EVENT", "FIELDS"}, rows);
  return out;
}

const node_line* node_in(const std::vector<node_line>& nodes, const std::string& name) {
  const node_line* found = nullptr;
  for (const auto& one : nodes)
    if (one.node == name && (found == nullptr || found->state == "removed")) found = &one;
  return found;
}

}  // namespace

// -- the command line -----------------------------------------------------------------------------

ctl_command::ctl_command(CLI::App& app, clock_port& clock,
                         std::function<bool(milliseconds)> pause)
    : clock_(clock),
      pause_(std::move(pause)),
      ctl_(app.add_subcommand("ctl", "look at a running cluster, and change it")) {
  ctl_->require_subcommand(1);
  ctl_->fallthrough();
  auto* admin = ctl_->add_option("--admin", admin_, "a node's listener for operators")
                    ->type_name("ADDRESS:PORT")
                    ->capture_default_str();
  ctl_->add_option("--dir", directory_, "folder of a cluster that `up` made, instead")
      ->type_name("FOLDER")
      ->excludes(admin);
  ctl_->add_option("--token", token_, "what admin.token is at the nodes")
      ->type_name("TOKEN")
      ->envname("RESALEHUB_ADMIN_TOKEN");
  ctl_->add_flag("--json", json_, "for programs");
  add_all();
}

CLI::App* ctl_command::add(const char* name, const char* sentence, action what) {
  auto* made = ctl_->add_subcommand(name, sentence);
  made->fallthrough();
  commands_.emplace_back(made, what);
  return made;
}

void ctl_command::add_all() {
  add("nodes", "the nodes, and what they hold", &ctl_command::show_nodes);
  add("partitions", "who leads and holds each partition", &ctl_command::show_partitions);
  auto* where = add("where", "where an entity lives", &ctl_command::show_where);
  auto* inspect = add("inspect", "an entity as it is kept", &ctl_command::inspect);
  inspect->add_flag("--history", history_, "its events too");
  auto* drain = add("drain", "bring all replicas elsewhere, and wait until they are",
                    &ctl_command::drain);
  auto* keep = add("keep", "a node is not to be drained after all", &ctl_command::keep);
  auto* remove = add("remove", "a drained node leaves for ever", &ctl_command::remove);
  remove->add_flag("--dead", dead_, "it is lost, with all that it holds");
  auto* transfer = add("transfer", "another node shall lead a partition", &ctl_command::transfer);
  transfer->add_option("PARTITION", partition_, "its number")->required();
  auto* top = add("top", "what the nodes do, each second", &ctl_command::top);
  top->add_option("--times", times_, "end after so many looks; 0: with Ctrl-C")
      ->check(CLI::NonNegativeNumber);
  for (auto* one : {where, inspect}) one->add_option("ID", name_, "the entity's id")->required();
  for (auto* one : {drain, keep, remove, transfer})
    one->add_option("NODE", name_, "the node's name")->required();
}

std::optional<int> ctl_command::run() {
  if (!ctl_->parsed()) return std::nullopt;
  const bool plain = std::all_of(name_.begin(), name_.end(), [](unsigned char c) {
    return c > ' ' && c < 127 && c != '/' && c != '?' && c != '#' && c != '%';
  });
  const auto asked = plain ? cluster() : problem{code::malformed_request, "\"" + name_ +
                                                     "\" is neither a node's name nor an id"};
  if (!asked) {
    refuse(asked.problem());
    return exit_misused;
  }
  for (const auto& [command, what] : commands_)
    if (command->parsed()) return (this->*what)(*asked);
  return exit_misused;
}

result<ctl_cluster> ctl_command::cluster() const {
  if (!directory_.empty()) {
    const auto found = local_cluster::read(directory_);
    if (!found) return found.problem();
    if (!*found) return problem{code::not_found, "there is no cluster in " + directory_};
    std::vector<std::string> addresses;
    for (const auto& one : (*found)->nodes()) addresses.push_back(one.admin);
    return ctl_cluster{std::move(addresses), token_};
  }
  const auto colon = admin_.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == admin_.size())
    return problem{code::malformed_request, "\"" + admin_ + "\" is not ADDRESS:PORT"};
  return ctl_cluster{{admin_}, token_};
}

std::string ctl_command::path_of_node() const { return "/admin/nodes/" + name_; }

// -- looking --------------------------------------------------------------------------------------

int ctl_command::show_nodes(const ctl_cluster& cluster) {
  const auto nodes = cluster.nodes();
  if (!nodes) return refuse(nodes.problem());
  return print(json_ ? nodes->json : table_of_nodes(nodes->value));
}

int ctl_command::show_partitions(const ctl_cluster& cluster) {
  const auto partitions = cluster.partitions();
  if (!partitions) return refuse(partitions.problem());
  if (json_) return print(partitions->json);
  std::vector<text_row> rows;
  for (const auto& one : partitions->value)
    rows.push_back({std::to_string(one.partition), one.leader.value_or("none"),
                    joined(one.replicas),
                    joined(one.learners)});
  return print(table_of({"PARTITION", "LEADER", "REPLICAS", "LEARNERS"}, rows));
}

int ctl_command::show_where(const ctl_cluster& cluster) {
  const auto place = cluster.where(name_);
  if (!place) return refuse(place.problem());
  if (json_) return print(place->json);
  const auto& one = place->value;
  return print(table_of({"ID", "PARTITION", "LEADER", "REPLICAS"},
                        {{one.id, std::to_string(one.partition), one.leader.value_or("none"),
                          joined(one.replicas)}}));
}

/// A long history comes in parts.
int ctl_command::inspect(const ctl_cluster& cluster) {
  const auto path = "/admin/entities/" + name_;
  auto whole = cluster.inspect(history_ ? path + "?history=1" : path);
  if (!whole) return refuse(whole.problem());
  auto& shown = whole->value;
  while (shown.more && !shown.events.empty()) {
    const auto last = shown.events.back().version;
    auto part = cluster.inspect(path + "?history=1&after=" + std::to_string(last));
    if (!part) return refuse(part.problem());
    shown.more = part->value.more;
    for (auto& event : part->value.events) shown.events.push_back(std::move(event));
    if (shown.events.back().version == last) break;
  }
  return print(json_ ? to_json(shown) : text_of(shown));
}

// -- ordering -------------------------------------------------------------------------------------

int ctl_command::give_order(const ctl_cluster& cluster, const ctl_request& order) {
  const auto node = cluster.order(order);
  if (!node) return refuse(node.problem());
  return print(json_ ? node->json : table_of_nodes({node->value}));
}

int ctl_command::keep(const ctl_cluster& cluster) {
  return give_order(cluster, {"POST", path_of_node() + "/keep", "{}"});
}

int ctl_command::remove(const ctl_cluster& cluster) {
  return give_order(cluster, {"DELETE", path_of_node() + (dead_ ? "?dead=1" : "")});
}

int ctl_command::drain(const ctl_cluster& cluster) {
  const auto begun = cluster.order({"POST", path_of_node() + "/drain", "{}"});
  if (!begun) return refuse(begun.problem());
  return follow_drain(cluster);
}

/// Until the node holds nothing. Who is asked may be away for a moment meanwhile.
int ctl_command::follow_drain(const ctl_cluster& cluster) {
  std::string told;
  for (int failures = 0; failures <= drain_failures_max;) {
    const auto nodes = cluster.nodes();
    failures = nodes ? 0 : failures + 1;
    if (nodes) {
      const auto* node = node_in(nodes->value, name_);
      if (node == nullptr || node->state != "draining")
        return refuse({code::invalid_transition, "the drain was taken back"});
      const auto now = node->node + ": leads " + std::to_string(node->leaders) + ", holds " +
                       std::to_string(node->replicas);
      if (now != told && !json_) print(now);
      told = now;
      if (node->leaders == 0 && node->replicas == 0)
        return json_ ? print(to_json(*node)) : print(node->node + " is drained");
    }
    if (!pause_(between_looks))
      return refuse({code::invalid_transition,
                     "the drain goes on; `resalehub ctl keep " + name_ + "` takes it back"});
  }
  return refuse({code::shard_unavailable, "nobody answers; the drain goes on"});
}

int ctl_command::transfer(const ctl_cluster& cluster) {
  const auto begun = cluster.transfer(partition_, name_);
  if (!begun) return refuse(begun.problem());
  return follow_transfer(cluster);
}

int ctl_command::follow_transfer(const ctl_cluster& cluster) {
  for (int looks = 0; looks <= transfer_looks_max; ++looks) {
    const auto partitions = cluster.partitions();
    if (partitions && partition_ < partitions->value.size()) {
      const auto& one = partitions->value[partition_];
      if (one.leader == name_)
        return print(json_ ? to_json(one)
                           : name_ + " leads partition " + std::to_string(partition_));
    }
    if (!pause_(transfer_glance)) break;
  }
  return refuse({code::shard_unavailable, name_ + " does not lead partition " +
                                              std::to_string(partition_) + " yet: ask again"});
}

// -- top ------------------------------------------------------------------------------------------

/// A look at every node's metrics, compared with the look before.
std::vector<top_line> ctl_command::look(const ctl_cluster& cluster,
                                        const std::vector<node_line>& nodes) {
  std::vector<top_line> lines;
  for (const auto& node : nodes) {
    if (node.state == "removed") continue;
    top_line line{node.node, node.state, node.leaders, node.replicas, {}, {}, {}, {}, {}};
    const auto page = cluster.metrics_of(node.admin);
    if (!page) {
      line.state = "no answer";
      seen_.erase(node.node);
    } else {
      const sight now{figures_from(*page), clock_.monotonic_us()};
      const auto before = seen_.find(node.node);
      if (before != seen_.end())
        compare(before->second.page, now.page, (now.at_us - before->second.at_us) / 1000, line);
      seen_[node.node] = now;
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

int ctl_command::top(const ctl_cluster& cluster) {
  const bool screen = isatty(STDOUT_FILENO) != 0 && !json_;
  for (std::int64_t looks = 0;; ++looks) {
    const auto nodes = cluster.nodes();
    if (!nodes && looks == 0) return refuse(nodes.problem());
    if (!nodes) refuse(nodes.problem());
    const auto lines = nodes ? look(cluster, nodes->value) : std::vector<top_line>{};
    if (looks > 0 && nodes)  // the first look only says from where to count
      print((screen ? "\x1b[H\x1b[2J" : "") + (json_ ? to_json(lines) : table_of(lines)));
    if (times_ > 0 && looks == times_) return 0;
    if (!pause_(between_looks)) return 0;
  }
}

}  // namespace resalehub
