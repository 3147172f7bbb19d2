// Durable commands at 1, 64 and 256 connections. The command is a chat message with a body of 256
// bytes (POST /v1/rooms/{id}/messages): the one everyday command that carries its own payload, asks
// no other entity for facts, is keyed by nature, and happens in many entities of many users at
// once.

#include "bench/benchmarks.hpp"
#include "bench/market.hpp"

namespace resalehub::bench {
namespace {

constexpr std::size_t body_bytes = 256;
constexpr std::size_t buyers = 64;
constexpr std::size_t talked_about = 16;  ///< listings; a room for each and every buyer

/// Messages to a room at random, with everything but the client's id prepared.
class chatter {
 public:
  explicit chatter(const std::vector<owned>& rooms) {
    for (const auto& room : rooms) {
      std::string head;
      append(head, {.method = "POST",
                    .path = "/v1/rooms/" + room.id + "/messages",
                    .token = room.owner->token,
                    .body = body_of(0)});
      heads_.push_back(head.substr(0, head.size() - body_bytes));
    }
  }

  script what() {
    return {.ask =
                [this](std::size_t, std::string& out) {
                  random_ = random_ * 6364136223846793005u + 1442695040888963407u;
                  out += heads_[(random_ >> 33) % heads_.size()];
                  out += body_of(fresh_number());
                  return true;
                },
            .take = [](std::size_t, const reply& answer) { expect(answer, 201); }};
  }

 private:
  static std::string body_of(std::uint64_t number) {
    std::string id = std::to_string(number);
    id.insert(0, 20 - id.size(), '0');
    std::string body = R"({"client_msg_id":")" + id + R"(","text":")";
    body.append(body_bytes - body.size() - 2, 'x');
    return body + "\"}";
  }

  std::vector<std::string> heads_;
  std::uint64_t random_ = 1;
};

/// At one number of connections.
struct series {
  std::size_t connections;
  int batch;  ///< entries of the ceiling's batches
  double floor;
  std::vector<double> per_s, ceiling_per_s, plain_per_s;
  latency_histogram latency;
  usage before, after;
  std::uint64_t answers = 0;
};

void measure_round(const settings& all, const server& node, chatter& talk, series& one) {
  one.ceiling_per_s.push_back(rocksdb_alone(all, {.batch = one.batch}));
  one.plain_per_s.push_back(rocksdb_alone(all, {.how = "plain", .batch = one.batch}));
  const auto before = usage_of(node);
  const auto run = run_load(node.http(),
                            {.connections = one.connections,
                             .warm_up_s = all.seconds / 5,
                             .measured_s = all.seconds},
                            talk.what());
  const auto after = usage_of(node);
  one.per_s.push_back(run.per_s());
  one.latency.add(run.latency);
  one.before += before;
  one.after += after;
  one.answers += run.all_answers;
}

}  // namespace

void measure_commits(const settings& all, report& into) {
  const work_directory place(all.directory);
  const server node(all, place.path());
  const auto seller = sign_up_seller(node.http());
  const auto people = sign_up(node.http(), buyers);
  const auto listings = publish_listings(node.http(), seller, {.listings = talked_about});
  const auto rooms = open_rooms(node.http(), people, listings);
  chatter talk(rooms);

  // The busiest first: by the time of one connection the log's files are recycled, as the
  // ceiling's.
  series all_series[] = {{.connections = 256, .batch = 32, .floor = 0.30},
                         {.connections = 64, .batch = 32, .floor = 0.25},
                         {.connections = 1, .batch = 1, .floor = 0.45}};
  for (int round = 0; round < all.rounds; ++round)
    for (auto& one : all_series) measure_round(all, node, talk, one);
  for (auto& one : all_series) {
    figure found{.name = "commits." + std::to_string(one.connections),
                 .value = median(one.per_s),
                 .unit = "commands/s",
                 .ceiling = median(one.ceiling_per_s),
                 .floor = one.floor};
    add_latency(found, one.latency);
    add_costs(found, one.before, one.after, one.answers);
    found.details.emplace_back("plain_rocksdb", median(one.plain_per_s));
    found.details.emplace_back("ratio_to_plain", found.value / median(one.plain_per_s));
    into.add(std::move(found));
  }
}

}  // namespace resalehub::bench
