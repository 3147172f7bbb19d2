#include "local_cluster.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "base/described.hpp"
#include "base/json.hpp"
#include "cluster/certificates.hpp"

namespace resalehub {

struct local_cluster_file {
  std::int64_t http_base = 0;
  std::vector<local_node> nodes;
};
BOOST_DESCRIBE_STRUCT(local_node, (), (node, http, admin, links, dir))
BOOST_DESCRIBE_STRUCT(local_cluster_file, (), (http_base, nodes))

namespace {

namespace files = std::filesystem;

/// From a node's public port to its others.
constexpr int admin_offset = 1000;
constexpr int links_offset = -1000;

problem refusal(std::string sentence) { return {code::internal, std::move(sentence)}; }

std::string loopback(int port) { return "127.0.0.1:" + std::to_string(port); }

std::string port_of(const std::string& address) {
  return address.substr(address.rfind(':') + 1);
}

}  // namespace

result<std::optional<local_cluster>> local_cluster::read(const std::string& folder) {
  std::error_code failed;
  const auto absolute = files::absolute(folder).lexically_normal().string();
  const auto path = absolute + "/cluster.json";
  if (!files::exists(path, failed)) return std::optional<local_cluster>();
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  const auto kept = from_json<local_cluster_file>(text.str());
  if (!kept || kept->http_base < 1 || kept->http_base > UINT16_MAX)
    return refusal("The file " + path + " is damaged.");
  local_cluster found(absolute, static_cast<std::uint16_t>(kept->http_base));
  found.nodes_ = kept->nodes;
  return std::optional<local_cluster>(std::move(found));
}

result<local_cluster> local_cluster::make(const std::string& folder, std::uint16_t http_base,
                                          clock_port& clock, entropy_port& chance) {
  std::error_code failed;
  const auto absolute = files::absolute(folder).lexically_normal().string();
  local_cluster made(absolute, http_base);
  files::create_directories(made.certificates(), failed);
  if (failed)
    return refusal("The folder " + absolute + " cannot be made: " + failed.message() + ".");
  if (!files::exists(made.certificates() + "/ca.pem", failed)) {
    auto authority = make_authority(made.certificates(), {clock.now(), authority_days}, chance);
    if (!authority) return std::move(authority).problem();
  }
  return made;
}

result<local_node> local_cluster::add(clock_port& clock, entropy_port& chance) {
  const auto count = static_cast<int>(nodes_.size());
  const auto http = http_base_ + count;
  if (http + admin_offset > UINT16_MAX || http + links_offset < 1)
    return refusal("There are no ports for another node: http-base is " +
                   std::to_string(http_base_) + ".");
  local_node added;
  added.node = "n" + std::to_string(count + 1);
  added.http = loopback(http);
  added.admin = loopback(http + admin_offset);
  added.links = loopback(http + links_offset);
  added.dir = folder_ + "/" + added.node;
  std::error_code failed;
  if (!files::exists(certificates() + "/" + added.node + ".pem", failed)) {
    auto made =
        make_node_certificate(certificates(), added.node, {clock.now(), node_days}, chance);
    if (!made) return std::move(made).problem();
  }
  nodes_.push_back(added);
  if (auto kept = keep(); !kept) return std::move(kept).problem();
  return added;
}

/// Whole or not at all: another `up` may read it meanwhile.
result<done> local_cluster::keep() const {
  const auto path = folder_ + "/cluster.json";
  std::ofstream file(path + ".unfinished", std::ios::trunc);
  file << to_json(local_cluster_file{http_base_, nodes_}) << "\n";
  file.close();
  std::error_code failed;
  if (file) files::rename(path + ".unfinished", path, failed);
  if (!file || failed) return refusal("The file " + path + " cannot be written.");
  return done{};
}

std::vector<std::string> local_cluster::command_of(const local_node& which,
                                                   const std::string& program,
                                                   const std::string& config) const {
  std::vector<std::string> words{program,      "serve",    "--data-dir", which.dir, "--http",
                                 which.http,   "--admin",  which.admin};
  if (!config.empty()) words.insert(words.end(), {"--config", config});
  const auto mine = certificates() + "/" + which.node;
  words.insert(words.end(), {"--node.name=" + which.node, "--links.port=" + port_of(which.links),
                             "--links.certificate=" + mine + ".pem", "--links.key=" + mine + ".key",
                             "--links.authority=" + certificates() + "/ca.pem",
                             "--log.file=" + log_of(which)});
  std::string others;
  for (const auto& one : nodes_)
    if (one.node != which.node) others += (others.empty() ? "" : ",") + one.links;
  if (!others.empty()) words.push_back("--join=" + others);
  return words;
}

}  // namespace resalehub
