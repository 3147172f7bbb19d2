// Listings come, pause, go on and go, while readers walk through pages of them: whether a walk
// meets everything that stayed, once, and in the end every node lists what is there.

#include <array>
#include <map>
#include <set>

#include "actors/listing.hpp"
#include "actors/row_key.hpp"
#include "base/json.hpp"
#include "tests/simulation/client_workload.hpp"
#include "tests/simulation/workloads.hpp"

namespace resalehub::simulation {
namespace {

constexpr std::uint32_t page = 4;
constexpr std::uint32_t listings_of_a_client = 12;
constexpr std::uint32_t everything = 1'000'000;
/// How far the lists of all partitions may lag behind commits. A replica whose leader's messages,
/// or whose own work, arrive late does not know that it does.
constexpr virtual_ns following_ns = 2 * second_ns;
constexpr virtual_ns following_late_ns = 30 * second_ns;
constexpr std::array making_late{fault_class::links_slow,    fault_class::links_broken,
                                 fault_class::links_garbled, fault_class::disks_stalled,
                                 fault_class::disks_full,    fault_class::pauses,
                                 fault_class::actors};
constexpr const char* category = "walked";
const std::string above_all_keys(64, '\xff');

class list_workload final : public client_workload {
 public:
  explicit list_workload(world& in)
      : client_workload(in, {.name = "lists", .pause_ms = 150, .actions_max = 100}) {
    for (std::uint32_t client = 0; client < in.options().clients; ++client)
      sellers_.push_back({static_cast<slot_number>(chance_.below(slots_max)),
                          derived_ulid("walked seller", std::to_string(client))});
    for (const auto each : making_late)
      if (in.options().has(each)) lag_ns_ = following_late_ns;
  }

  void check() override {
    for (auto& [id, one] : listings_)
      if (!in_.broken()) ask_about(id, one);
    until_right("lists", 5 * second_ns, [this] {
      for (machine_number at = 1; at <= in_.machines(); ++at) {
        auto wrong = what_is_wrong_at(at);
        if (!wrong.empty() || in_.broken()) return wrong;
      }
      return std::string();
    });
  }

 private:
  struct listing_seen {
    std::uint32_t client = 0;
    listing::phase phase = listing::phase::absent;  ///< acknowledged
    virtual_ns since = 0;                            ///< that was
    bool touched = false;  ///< something is under way, or nobody knows what came of it
  };
  /// What must come, what must not: of what does not change while the walk lasts.
  struct walk {
    std::uint32_t client = 0;
    bool own = false;  ///< of one's own listings: nothing that was acknowledged may be missing
    bool descending = false;
    virtual_ns began_at = 0;
    std::string last_key;
    std::map<listing_id, listing_seen> before;
    std::set<listing_id> met;
  };

  void act(std::uint32_t client) override {
    const auto dice = chance_.below(100);
    if (dice < 30) return begin_walk(client);
    std::vector<listing_id> own;
    for (const auto& [id, one] : listings_)
      if (one.client == client && !one.touched && one.phase != listing::phase::removed)
        own.push_back(id);
    if (own.empty() || (dice < 65 && made_[client] < listings_of_a_client)) return create(client);
    change(client, chance_.one_of(own));
  }

  // -- sellers ------------------------------------------------------------------------------------

  void create(std::uint32_t client) {
    if (made_[client] >= listings_of_a_client) return next(client);
    ++made_[client];
    const auto& seller = sellers_[client];
    const listing_id id{seller.slot, derived_ulid("walked", std::to_string(client),
                                                  std::to_string(made_[client]))};
    listings_[id].client = client;
    const money price{chance_.between(100, 10'000), *currency::from_text("EUR")};
    listing::create what{{"A thing", "", category, listing::condition::good, price, 3},
                         {seller, true}};
    tell(client, id, std::move(what), listing::phase::draft);
  }

  void change(std::uint32_t client, const listing_id& id) {
    // One in three stays as it is once it is there.
    const auto& one = listings_[id];
    const bool stays = id.unique[15] % 3 == 0;
    switch (one.phase) {
      case listing::phase::draft:
        return tell(client, id, listing::publish{}, listing::phase::published);
      case listing::phase::paused:
        return tell(client, id, listing::resume{}, listing::phase::published);
      case listing::phase::published:
        if (stays) return next(client);
        if (chance_.chance(200'000))
          return tell(client, id, listing::remove{}, listing::phase::removed);
        return tell(client, id, listing::pause{}, listing::phase::paused);
      case listing::phase::absent:
      case listing::phase::sold_out:
      case listing::phase::closed:
      case listing::phase::removed: break;
    }
    next(client);
  }

  void tell(std::uint32_t client, const listing_id& id, listing::command what,
            listing::phase after) {
    listings_[id].touched = true;
    send(command_of<listing::command>(id, sellers_[client], std::move(what), fresh_key()),
         [this, client, id, after](const client_answer& said) {
           auto& one = listings_[id];
           if (said && !*said) violated("A1", "a listing's change was " + outcome_of(said));
           if (said && *said) one.phase = after, one.since = in_.time().now(), one.touched = false;
           next(client);
         });
  }

  // -- readers ------------------------------------------------------------------------------------

  void begin_walk(std::uint32_t client) {
    const auto one = std::make_shared<walk>();
    one->client = client;
    one->own = chance_.chance(300'000);
    one->descending = chance_.chance(300'000);
    one->began_at = in_.time().now();
    one->before = listings_;
    go_on(one);
  }

  scan page_of(const walk& one) const {
    scan out;
    const auto& seller = sellers_[one.client];
    out.index = one.own ? listing::own_index(seller) : listing::category_created_index(category);
    if (one.own) out.place = seller.slot;
    out.to = above_all_keys;
    out.limit = page;
    out.descending = one.descending;
    if (!one.last_key.empty() && one.descending) out.to = one.last_key;
    if (!one.last_key.empty() && !one.descending) out.from = one.last_key + '\0';
    return out;
  }

  void go_on(const std::shared_ptr<walk>& one) {
    list(page_of(*one), [this, one](const client_rows& said) {
      // A walk that does not come to its end says nothing.
      if (!said || !*said) return next(one->client);
      for (const auto& row : **said) meet(*one, row);
      if (in_.broken()) return;
      if ((*said)->size() == page) return go_on(one);
      judge(*one);
      next(one->client);
    });
  }

  void meet(walk& one, const listed_row& row) {
    const auto id = row_key::id_at_end<listing_id>(row.key);
    if (!id || !listings_.contains(*id)) return violated("lists", "a row is of no listing");
    if (!one.met.insert(*id).second) violated("lists", "a walk met " + to_text(*id) + " twice");
    const bool onward = one.last_key.empty() ||
                        (one.descending ? row.key < one.last_key : one.last_key < row.key);
    if (!onward) violated("lists", "a walk went back at " + to_text(*id));
    one.last_key = row.key;
  }

  bool belongs(const walk& one, const listing_seen& what) const {
    if (one.own)
      return what.client == one.client && what.phase != listing::phase::absent &&
             what.phase != listing::phase::removed;
    return what.phase == listing::phase::published;
  }

  void judge(const walk& one) {
    ++in_.figures()["walks through lists"];
    for (const auto& [id, was] : one.before) {
      const auto& is = listings_.at(id);
      const bool stayed = !was.touched && !is.touched && was.since == is.since;
      const auto known_for = one.began_at - was.since;
      if (!stayed || (!one.own && known_for < lag_ns_)) continue;
      const bool should = belongs(one, was);
      if (should == one.met.contains(id)) continue;
      violated(should ? "lists" : "O8",
               std::string(one.own ? "a walk through one's own" : "a walk") +
                   (should ? " missed " : " met ") + to_text(id) + ", " +
                   std::string(resalehub::name_of(was.phase)) + " for " +
                   std::to_string(known_for / millisecond_ns) + " ms when it began");
    }
  }

  // -- in the end ---------------------------------------------------------------------------------

  void ask_about(const listing_id& id, listing_seen& one) {
    const auto said = answer_at(1, query_of<listing::query>(id, sellers_[one.client],
                                                            listing::read{}));
    const auto was = one.phase;
    if (refused_with(said, code::not_found)) {
      one.phase = listing::phase::absent;
    } else if (!said || !*said) {
      return;  // said already
    } else {
      const auto view = from_json<listing::view>((*said)->bytes);
      if (!view) return violated("A1", "a listing was answered with " + (*said)->bytes);
      one.phase = view->status;
    }
    if (!one.touched && one.phase != was)
      violated("R5", to_text(id) + " was " + std::string(resalehub::name_of(was)) + " and is " +
                         std::string(resalehub::name_of(one.phase)));
  }

  std::string what_is_wrong_at(machine_number at) {
    walk all;
    auto wrong = difference(at, all);
    for (all.client = 0; wrong.empty() && all.client < sellers_.size(); ++all.client) {
      all.own = true;
      wrong = difference(at, all);
      all.own = false;
    }
    return wrong;
  }

  std::string difference(machine_number at, const walk& what) {
    auto request = page_of(what);
    request.limit = everything;
    std::set<listing_id> there;
    for (const auto& row : rows_at(at, request))
      if (const auto id = row_key::id_at_end<listing_id>(row.key)) there.insert(*id);
    for (const auto& [id, one] : listings_)
      if (!in_.broken() && belongs(what, one) != there.contains(id))
        return "machine " + std::to_string(at) + (there.contains(id) ? " lists " : " lacks ") +
               to_text(id) + ", which is " + std::string(resalehub::name_of(one.phase)) +
               (what.own ? ", among a seller's own" : "");
    return {};
  }

  virtual_ns lag_ns_ = following_ns;
  std::vector<user_id> sellers_;
  std::map<listing_id, listing_seen> listings_;
  std::map<std::uint32_t, std::uint32_t> made_;
};

}  // namespace

std::unique_ptr<workload> make_list_workload(world& in) {
  return std::make_unique<list_workload>(in);
}

}  // namespace resalehub::simulation
