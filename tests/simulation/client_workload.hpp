#pragma once
/// What most workloads are: clients who do one thing after another through any node, so often at
/// most, and a check that asks every node once nothing goes wrong any more.

#include <string>
#include <string_view>
#include <utility>

#include "base/entity.hpp"
#include "tests/simulation/workload.hpp"

namespace resalehub::simulation {

/// A keyed command as the gateway would ask it: the same key, the same request.
template <class Command, class What>
resalehub::ask command_of(const entity_id& to, const entity_id& by, What what,
                          std::string_view key) {
  resalehub::ask request;
  request.to = to;
  request.by = by;
  request.mode = ask_mode::keyed;
  request.body = packed(Command{std::move(what)});
  request.request = derived_request(to_text(by), to_text(to), key);
  request.fingerprint = 1;
  return request;
}
template <class Query, class What>
resalehub::ask query_of(const entity_id& of, const entity_id& by, What what) {
  resalehub::ask request;
  request.to = of;
  request.by = by;
  request.mode = ask_mode::query;
  request.body = packed(Query{std::move(what)});
  return request;
}

class client_workload : public workload {
 public:
  struct habits {
    std::string name;
    std::int64_t pause_ms = 200;      ///< on average, between two actions of a client
    std::uint32_t actions_max = 100;  ///< of a client
  };
  client_workload(world& in, habits how);

  void begin() override;
  void stop() override;
  bool settled() const override { return open_ == 0; }

 protected:
  using heard = std::function<void(client_answer)>;
  using listed = std::function<void(client_rows)>;

  /// One thing. Whoever is through with it calls `next`.
  virtual void act(std::uint32_t client) = 0;
  void next(std::uint32_t client);
  bool stopped() const { return stopped_; }
  virtual_ns stopped_at() const { return stopped_at_; }

  /// Insists; a workload is settled when all it sent came to something.
  void send(resalehub::ask request, heard then, insistence how = {});
  void list(scan request, listed then, insistence how = {});
  /// A name that no other action of this workload has.
  std::string fresh_key();

  // -- for checks: they run the world until there is an answer, else L2 is violated --------------
  client_answer answer_at(machine_number at, const resalehub::ask& request);
  std::vector<listed_row> rows_at(machine_number at, const scan& request);
  /// Looks again and again until nothing is wrong, for so long at most; then that is violated.
  void until_right(const std::string& invariant, virtual_ns limit,
                   const std::function<std::string()>& wrong);
  void violated(const std::string& invariant, const std::string& sentence);

  world& in_;
  stream chance_;

 private:
  const habits how_;
  std::vector<std::uint32_t> actions_;
  std::uint64_t keys_ = 0;
  std::uint64_t open_ = 0;
  bool stopped_ = false;
  virtual_ns stopped_at_ = 0;
};

/// "refused with <code>" or "unknown", for sentences.
std::string outcome_of(const client_answer& said);
bool refused_with(const client_answer& said, code why);

}  // namespace resalehub::simulation
