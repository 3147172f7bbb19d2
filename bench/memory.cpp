// What things cost in resident memory: connections that say nothing; entities that sleep (stored
// only), are idle (woken by a read) or awake (having taken a command); and whether very many
// listings are made within a budget.

#include "bench/benchmarks.hpp"
#include "bench/market.hpp"
#include "bench/websocket.hpp"

namespace resalehub::bench {
namespace {

constexpr double mib = 1 << 20;
constexpr double budget_mib = 512;
constexpr std::size_t people_count = 64;
constexpr std::size_t woken_max = 20'000;

/// How an operator would give a node 512 MB. Nothing is switched off.
const std::vector<std::string> small_node{
    "entities.memory_bytes=67108864",
    "storage.state_cache_bytes=67108864",
    "storage.state_write_buffer_bytes=16777216",
    "storage.log_write_buffer_bytes=16777216",
};
/// So that what grows is entities, and no cache of the store's.
const std::vector<std::string> without_cache{
    "entities.memory_bytes=4294967296",
    "storage.state_cache_bytes=1048576",
};

double grown_each(const server& node, std::uint64_t before, std::size_t count) {
  const auto now = resident_bytes(node.id());
  return (static_cast<double>(now) - static_cast<double>(before)) / static_cast<double>(count);
}

// -- connections ----------------------------------------------------------------------------------

std::vector<std::string> make_tickets(const endpoint& to, const person& who, std::size_t count) {
  std::vector<std::string> tickets(count);
  ask_all(to, {.count = count,
               .at =
                   [&](std::size_t) {
                     return request{.method = "POST",
                                    .path = "/v1/ws/tickets",
                                    .token = who.token,
                                    .body = "{}"};
                   },
               .take =
                   [&](std::size_t which, const reply& answer) {
                     expect(answer, 201);
                     tickets[which] = text_in(answer.body, "ticket");
                   }});
  return tickets;
}

void measure_connections(const settings& all, report& into) {
  const work_directory place(all.directory);
  const server node(all, place.path(),
                    {"limits.websocket_ticket_ms=600000",
                     "limits.websocket_heartbeat_ms=3600000"});
  const auto who = std::move(sign_up(node.http(), 1).front());
  const auto count = all.idle_connections;
  std::vector<open_socket> open;
  idle_http(node.http());

  auto before = resident_bytes(node.id());
  for (std::size_t i = 0; i < count; ++i) open.push_back(idle_http(node.http()));
  into.add({.name = "memory.idle_http",
            .value = grown_each(node, before, count),
            .unit = "bytes",
            .details = {{"connections", static_cast<double>(count)}}});

  const auto tickets = make_tickets(node.http(), who, count);
  before = resident_bytes(node.id());
  for (const auto& ticket : tickets) open.push_back(idle_websocket(node.http(), ticket));
  into.add({.name = "memory.idle_websocket",
            .value = grown_each(node, before, count),
            .unit = "bytes",
            .details = {{"connections", static_cast<double>(count)}}});
}

// -- entities -------------------------------------------------------------------------------------

struct drafts {
  std::vector<person> sellers;
  std::vector<std::string> ids;  ///< the i-th is of the (i mod sellers)-th
  const person& seller_of(std::size_t which) const { return sellers[which % sellers.size()]; }
};

drafts make_drafts(const settings& all, const work_directory& place, report& into) {
  const server node(all, place.path(), small_node);
  drafts made;
  for (std::size_t i = 0; i < people_count; ++i)
    made.sellers.push_back(sign_up_seller(node.http()));
  made.ids.resize(all.listings);
  const auto before = usage_of(node);
  const auto run = ask_all(
      node.http(),
      {.count = all.listings,
       .at = [&](std::size_t which) { return listing_creation(made.seller_of(which), 1); },
       .take =
           [&](std::size_t which, const reply& answer) {
             expect(answer, 201);
             made.ids[which] = text_in(answer.body, "id");
           }});
  figure found{.name = "memory.creation",
               .value = static_cast<double>(resident_bytes_max(node.id())) / mib,
               .unit = "MiB",
               .most = budget_mib,
               .details = {{"listings", static_cast<double>(all.listings)},
                           {"seconds", run.seconds},
                           {"per_s", run.per_s()}}};
  add_latency(found, run.latency);
  add_costs(found, before, usage_of(node), run.all_answers);
  into.add(std::move(found));
  return made;
}

/// Asks every one of the first `count` drafts for the same thing.
void ask_each(const server& node, const drafts& made, std::size_t count, const request& what) {
  ask_all(node.http(), {.count = count,
                        .at =
                            [&](std::size_t which) {
                              auto asked = what;
                              asked.path += made.ids[which];
                              asked.token = made.seller_of(which).token;
                              return asked;
                            },
                        .take = [](std::size_t, const reply& answer) { expect(answer, 200); }});
}

double started_bytes(const settings& all, const work_directory& place) {
  const server node(all, place.path(), without_cache);
  return static_cast<double>(resident_bytes(node.id()));
}

void measure_entities(const settings& all, const drafts& made, const work_directory& place,
                      report& into) {
  const auto count = static_cast<double>(made.ids.size());
  const work_directory nothing(all.directory);
  const auto empty = started_bytes(all, nothing);
  const server node(all, place.path(), without_cache);
  const auto started = static_cast<double>(resident_bytes(node.id()));
  into.add({.name = "memory.sleeping_entity",
            .value = (started - empty) / count,
            .unit = "bytes",
            .details = {{"stored_bytes", static_cast<double>(place.bytes()) / count}}});

  const auto woken = std::min(woken_max, made.ids.size());
  const auto figure_after = [&](const char* name, const request& what) {
    const auto before = resident_bytes(node.id());
    const auto page = node.metrics();
    ask_each(node, made, woken, what);
    const auto later = node.metrics();
    const auto more = [&](const char* which) { return metric(later, which) - metric(page, which); };
    into.add({.name = name,
              .value = grown_each(node, before, woken),
              .unit = "bytes",
              .details = {{"entities", static_cast<double>(woken)},
                          {"awake_more", more("resalehub_entities_awake")},
                          {"estimated_more", more("resalehub_entities_awake_bytes")}}});
  };
  figure_after("memory.idle_entity", {.method = "GET", .path = "/v1/listings/"});
  figure_after("memory.awake_more", {.method = "PATCH",
                                     .path = "/v1/listings/",
                                     .body = R"({"title":"Blue bicycle, seven gears"})"});
}

}  // namespace

void measure_memory(const settings& all, report& into) {
  measure_connections(all, into);
  const work_directory place(all.directory);
  const auto made = make_drafts(all, place, into);
  measure_entities(all, made, place, into);
}

}  // namespace resalehub::bench
