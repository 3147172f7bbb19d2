// Both sides of rooms post, from several devices, and read what is new: whether the messages are
// numbered without a gap, each acknowledged one is there once, whoever wrote one before another
// finds it before, and rows and events say the same at every node.

#include <map>
#include <set>

#include "actors/room.hpp"
#include "actors/row_key.hpp"
#include "base/json.hpp"
#include "cluster/directory.hpp"
#include "cluster/stored.hpp"
#include "tests/simulation/client_workload.hpp"
#include "tests/simulation/stable_hash.hpp"
#include "tests/simulation/workloads.hpp"

namespace resalehub::simulation {
namespace {

constexpr std::uint32_t rooms_max = 2;
constexpr std::uint32_t page = 20;
constexpr std::uint32_t everything = 1'000'000;

class room_workload final : public client_workload {
 public:
  explicit room_workload(world& in)
      : client_workload(in, {.name = "rooms", .pause_ms = 120, .actions_max = 120}) {
    for (std::uint32_t n = 0; n < rooms_max; ++n) {
      const auto name = std::to_string(n);
      talk one;
      one.sides[0] = user_id{static_cast<slot_number>(chance_.below(slots_max)),
                             derived_ulid("room buyer", name)};
      one.sides[1] = user_id{static_cast<slot_number>(chance_.below(slots_max)),
                             derived_ulid("room seller", name)};
      one.about = listing_id{one.sides[1].slot, derived_ulid("room listing", name)};
      one.id = room::id_for(one.sides[0], one.about);
      talks_.push_back(std::move(one));
    }
  }

  void begin() override {
    for (const auto& one : talks_)
      send(command_of<room::command>(one.id, one.sides[0], room::open{one.about, one.sides[1]},
                                     "open"),
           [this](const client_answer& said) {
             if (said && *said) ++opened_;
             if (opened_ == rooms_max) client_workload::begin();
           },
           {.patience_ms = 300'000});
  }

  void check() override {
    if (opened_ < rooms_max) return violated("L2", "a room does not open");
    for (auto& one : talks_) {
      check_told(one);
      for (machine_number at = 1; at <= in_.machines(); ++at)
        if (!in_.broken()) check_rows(one, at);
    }
  }

 private:
  struct posting {
    std::uint32_t client = 0;
    user_id sender;
    std::string text;
    std::uint64_t seq = 0;  ///< 0: unknown
    message_id id;
  };
  struct talk {
    room_id id;
    listing_id about;
    std::array<user_id, 2> sides;
    std::map<std::string, posting> posted;        ///< by what its client calls it
    std::vector<std::vector<std::string>> order;  ///< by client: what it knows to be there
    std::map<std::uint32_t, std::uint64_t> read;  ///< by client: how far
    std::uint64_t acknowledged = 0;               ///< the highest number
    std::vector<room::message> there;             ///< in the end
  };

  void act(std::uint32_t client) override {
    auto& one = talks_[chance_.below(talks_.size())];
    if (chance_.chance(300'000)) return read_on(client, one);
    const auto name = fresh_key();
    auto& what = one.posted[name];
    what = {client, one.sides[chance_.below(2)], "message " + name, 0, {}};
    resalehub::ask request;
    request.to = one.id;
    request.by = what.sender;
    request.mode = ask_mode::keyed;
    request.request = derived_request("message", to_text(one.id), to_text(what.sender), name);
    request.fingerprint = hash_of(what.text) | 1;
    request.body = packed(room::command{room::post{name, what.text}});
    send(std::move(request), [this, client, &one, name](const client_answer& said) {
      if (said) told(one, name, *said);
      next(client);
    });
  }

  void told(talk& one, const std::string& name, const result<answer>& said) {
    if (!said) return violated("A1", name + " was refused: " + said.problem().detail);
    auto& what = one.posted[name];
    const auto message = from_json<room::message>(said->bytes);
    if (!message || message->client_msg_id != name || message->text != what.text ||
        message->sender_id != what.sender)
      return violated("C1", name + " was answered with " + said->bytes);
    what.seq = message->seq;
    what.id = message->id;
    one.acknowledged = std::max(one.acknowledged, what.seq);
    one.order.resize(in_.options().clients);
    one.order[what.client].push_back(name);
  }

  // -- a reader who goes on where it stopped ------------------------------------------------------

  scan rows_after(const talk& one, std::uint64_t seq, std::uint32_t limit) {
    scan out;
    out.index = room::messages_index(one.id);
    out.from = row_key::ascending(seq + 1);
    out.limit = limit;
    out.place = one.id.slot;
    return out;
  }

  void read_on(std::uint32_t client, talk& one) {
    const auto acknowledged = one.acknowledged;
    list(rows_after(one, one.read[client], page),
         [this, client, &one, acknowledged](const client_rows& said) {
           if (said && *said) take_page(client, one, **said, acknowledged);
           next(client);
         });
  }

  void take_page(std::uint32_t client, talk& one, const std::vector<listed_row>& rows,
                 std::uint64_t acknowledged) {
    auto& read = one.read[client];
    for (const auto& row : rows) {
      const auto seq = row_key::number_of(row.key);
      if (seq != read + 1)
        return violated("C3", "a reader got message " + std::to_string(seq.value_or(0)) +
                                  " after " + std::to_string(read));
      read = *seq;
    }
    if (rows.size() < page && read < acknowledged)
      violated("C3", "a reader got no more than message " + std::to_string(read) + " though " +
                         std::to_string(acknowledged) + " was acknowledged");
  }

  // -- in the end ---------------------------------------------------------------------------------

  void check_told(talk& one) {
    const auto rows = rows_at(1, rows_after(one, 0, everything));
    std::set<std::string> seen;
    for (const auto& row : rows) {
      const auto message = from_json<room::message>(row.value);
      if (!message) return violated("C1", "a row is no message");
      const auto& name = message->client_msg_id;
      const auto seq = one.there.size() + 1;
      if (row_key::number_of(row.key) != seq || message->seq != seq)
        return violated("C1", "message " + std::to_string(message->seq) + " stands at " +
                                  std::to_string(seq));
      const auto known = one.posted.find(name);
      if (known == one.posted.end() || known->second.text != message->text)
        return violated("C1", "nobody wrote message " + std::to_string(seq));
      if (!seen.insert(name).second) return violated("C1", name + " is there twice");
      const auto& what = known->second;
      if (what.seq != 0 && (what.seq != seq || what.id != message->id))
        return violated("C1", name + " was acknowledged as " + std::to_string(what.seq) +
                                  " and is " + std::to_string(seq));
      one.there.push_back(*message);
    }
    for (const auto& [name, what] : one.posted)
      if (what.seq != 0 && !seen.contains(name))
        return violated("C1", name + " was acknowledged and is not there");
    check_order(one);
  }

  /// A client wrote the next only when it knew of the one before.
  void check_order(const talk& one) {
    for (const auto& names : one.order) {
      std::uint64_t last = 0;
      for (const auto& name : names) {
        const auto seq = one.posted.at(name).seq;
        if (seq <= last)
          return violated("C2", name + " is " + std::to_string(seq) + ", behind " +
                                    std::to_string(last));
        last = seq;
      }
    }
  }

  static std::string short_of(const message_id& id, std::uint64_t seq, const user_id& sender) {
    return std::to_string(seq) + " " + to_text(id) + " of " + to_text(sender);
  }

  /// What this machine's own replica holds, when it has one.
  void check_rows(const talk& one, machine_number at) {
    const auto partition = partition_of(one.id.slot, in_.options().partitions);
    if (!in_.up(at) || in_.at(at).rotten) return;
    const auto& store = in_.at(at).running->state();
    if (store.members(partition).empty()) return;
    std::vector<std::string> events;
    const auto from = keys::event(partition, one.id, 0);
    const auto to = keys::event(partition, one.id, UINT64_MAX);
    store.scan({family::events, from, to}, [&](std::string_view, std::string_view bytes) {
      for (const auto& each : commit_from(bytes).events) {
        room::event e;
        if (!unpack(each, e)) continue;
        if (const auto* p = std::get_if<room::posted>(&e))
          events.push_back(short_of(p->id, p->seq, p->sender));
      }
      return true;
    });
    std::vector<std::string> rows;
    std::vector<std::string> of_rows;
    const auto index = room::messages_index(one.id);
    const auto first = keys::row(partition, index, "");
    store.scan({family::rows, first, keys::after_prefix(first)},
               [&](std::string_view, std::string_view value) {
                 rows.emplace_back(value);
                 if (const auto m = from_json<room::message>(value))
                   of_rows.push_back(short_of(m->id, m->seq, m->sender_id));
                 return true;
               });
    std::vector<std::string> wanted;
    for (const auto& message : one.there) wanted.push_back(to_json(message));
    const auto where = " of a room at machine " + std::to_string(at);
    if (of_rows != events) return violated("C1", "rows and events" + where + " differ");
    // A replica that is a moment behind has less, nothing else.
    rows.resize(std::min(rows.size(), wanted.size()));
    wanted.resize(rows.size());
    if (rows != wanted) violated("C1", "the rows" + where + " are not those that were listed");
  }

  std::vector<talk> talks_;
  std::uint32_t opened_ = 0;
};

}  // namespace

std::unique_ptr<workload> make_room_workload(world& in) {
  return std::make_unique<room_workload>(in);
}

}  // namespace resalehub::simulation
