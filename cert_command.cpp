#include "cert_command.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cluster/certificates.hpp"
#include "config/load.hpp"

namespace resalehub {

cert_command::cert_command(CLI::App& app, clock_port& clock, entropy_port& chance)
    : clock_(clock),
      chance_(chance),
      authority_days_(resalehub::authority_days),
      node_days_(resalehub::node_days) {
  auto* cert = app.add_subcommand("cert", "certificates for the links between nodes");
  cert->require_subcommand(1);
  init_ = cert->add_subcommand("init", "make the cluster's own authority: ca.pem and ca.key");
  node_ = cert->add_subcommand("node", "make a node's certificate: NAME.pem and NAME.key");
  node_->add_option("NAME", name_, "the node's name")->required();
  const auto years = CLI::Range(std::int64_t{1}, std::int64_t{36'500});
  for (auto* one : {init_, node_})
    one->add_option("--dir", directory_, "folder of the authority")->required();
  init_->add_option("--days", authority_days_, "how long it is good")->check(years);
  node_->add_option("--days", node_days_, "how long it is good")->check(years);
}

std::optional<int> cert_command::run() {
  const bool init = init_->parsed();
  if (!init && !node_->parsed()) return std::nullopt;
  const auto now = clock_.now();
  auto made = init ? make_authority(directory_, {now, authority_days_}, chance_)
                   : make_node_certificate(directory_, name_, {now, node_days_}, chance_);
  if (!made) {
    std::fprintf(stderr, "resalehub: %s\n", made.problem().detail.c_str());
    return exit_misused;
  }
  std::printf("wrote %s and %s\n", made->certificate.c_str(), made->key.c_str());
  return 0;
}

}  // namespace resalehub
