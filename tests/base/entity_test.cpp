#include "base/entity.hpp"

#include <catch2/catch.hpp>

#include "base/typed_entity.hpp"

namespace resalehub::counter {

// -- a rule as small as one can be: counts, refuses to go above ten ------------------------------

struct state {
  std::int64_t count = 0;
  std::uint64_t version = 0;
};
BOOST_DESCRIBE_STRUCT(state, (), (count, version))

struct increase {
  std::int64_t by = 1;
};
BOOST_DESCRIBE_STRUCT(increase, (), (by))
struct wait_for_more {};
using command = std::variant<increase, wait_for_more>;

struct increased {
  std::int64_t by = 0;
};
BOOST_DESCRIBE_STRUCT(increased, (), (by))
using event = std::variant<increased>;

struct show_count {};
using query = std::variant<show_count>;

result<decision<event>> decide(const state& now, const command& what, const context& ctx) {
  decision<event> out;
  if (std::holds_alternative<wait_for_more>(what)) {
    out.reply.what = later{};
    out.effects.push_back(at<command>("soon", ctx.now + milliseconds{5}, increase{2}));
    return out;
  }
  const auto by = std::get<increase>(what).by;
  if (now.count + by > 10) return problem{code::limit_exceeded, "ten is enough"};
  if (by == 0) return out;
  out.events.push_back(increased{by});
  out.settlements.push_back({ctx.request, ctx.by, shown{}});
  out.effects.push_back(to<command>(ctx.self, increase{1}, "again"));
  return out;
}

void apply(state& now, const event& happened) {
  now.count += std::get<increased>(happened).by;
  ++now.version;
}

result<answer> ask(const state& now, const query&, const context& ctx) {
  if (ctx.by.is_nobody()) return problem{code::not_found, "there is nothing here"};
  return answer{std::to_string(now.count), false, now.version};
}

std::string show(const state& now, const entity_id&) { return std::to_string(now.count); }

void index(const state& now, std::vector<index_row>& rows) {
  rows.push_back({"count", std::to_string(now.count), "x"});
  rows.push_back({"all", "counter", std::to_string(now.count)});
}

inline constexpr rules_of<state, command, event, query> rules{decide, apply, ask, show, index};
const entity_kind& kind() {
  static const auto made = make_kind<state, command, event, query, rules>("cnt", "counter");
  return made;
}

}  // namespace resalehub::counter

using namespace resalehub;
using namespace resalehub::counter;

namespace {
std::string bytes_of(command what) { return packed(what); }
}  // namespace

TEST_CASE("a refusal and unreadable bytes change nothing") {
  const auto entity = kind().wake();
  const auto before = entity->snapshot();
  const auto refused = entity->decide(bytes_of(increase{11}), {});
  REQUIRE_FALSE(refused);
  CHECK(refused.problem().code == code::limit_exceeded);
  const auto unread = entity->decide("\xC1", {});
  REQUIRE_FALSE(unread);
  CHECK(unread.problem().code == code::malformed_request);
  CHECK(entity->ask(packed(query{show_count{}}), {}).problem().code == code::not_found);
  CHECK_FALSE(entity->ask("", {}));
  CHECK(entity->snapshot() == before);
}

TEST_CASE("a decision is applied, shown, and moves only the rows that changed") {
  const auto entity = kind().wake();
  context ctx;
  ctx.self = {kind().prefix, 1, make_ulid({1}, 1, 1)};
  ctx.by = ctx.self;
  const auto decided = entity->decide(bytes_of(increase{3}), ctx);
  REQUIRE(decided);
  CHECK(std::get<said>(decided->reply.what).bytes == "3");
  CHECK(std::get<said>(decided->settlements.at(0).what).bytes == "3");
  CHECK(decided->events.size() == 1);
  CHECK(std::get<send>(decided->effects.at(0)).command == bytes_of(increase{1}));
  const std::vector<index_row> put{{"all", "counter", "3"}, {"count", "3", "x"}};
  CHECK(decided->rows_put == put);
  const std::vector<index_row> erased{{"count", "0", "x"}};
  CHECK(decided->rows_erased == erased);
  const auto asked = entity->ask(packed(query{show_count{}}), ctx);
  REQUIRE(asked);
  CHECK(asked->bytes == "3");
}

TEST_CASE("a decision without events moves no rows, and later stays later") {
  const auto entity = kind().wake();
  const auto decided = entity->decide(bytes_of(wait_for_more{}), {});
  REQUIRE(decided);
  CHECK(std::holds_alternative<later>(decided->reply.what));
  CHECK(std::get<arm>(decided->effects.at(0)).at == instant{5});
  CHECK(decided->rows_put.empty());
}

TEST_CASE("folding events and restoring a snapshot give the same state") {
  const auto first = kind().wake();
  const auto decided = first->decide(bytes_of(increase{4}), {});
  REQUIRE(decided);
  const auto second = kind().wake();
  for (const auto& event : decided->events) second->fold(event);
  CHECK(second->snapshot() == first->snapshot());
  const auto third = kind().wake();
  third->restore(first->snapshot());
  CHECK(third->snapshot() == first->snapshot());
}
