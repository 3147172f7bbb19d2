#include "gateway/handlers.hpp"

#include "actors/ports/sandbox_payment.hpp"
#include "actors/row_key.hpp"
#include "gateway/bodies.hpp"
#include "gateway/exchange.hpp"
#include "gateway/lists.hpp"
#include "gateway/openapi.hpp"

namespace resalehub {

struct condition_view {
  std::string status;
};
/// A capture as the sandbox's provider would list it.
struct capture_view {
  charge_id id;
  money amount;
  resalehub::checkout_id checkout_id;
};
BOOST_DESCRIBE_STRUCT(condition_view, (), (status))
BOOST_DESCRIBE_STRUCT(capture_view, (), (id, amount, checkout_id))

namespace shapes {
const answer_kind condition = answer_kind_of<condition_view>();
const answer_kind capture_page = page_kind_of<capture_view>();
const answer_kind document{[](schema_book&) { return std::string{R"({"type":"object"})"}; }};
const answer_kind text{[](schema_book&) { return std::string{R"({"type":"string"})"}; }};
}  // namespace shapes

std::string page_schema(const std::string& item_schema) {
  return R"({"type":"object","required":["data","page"],"properties":{"data":{"type":"array",)"
         R"("items":)" +
         item_schema +
         R"(},"page":{"type":"object","required":["next_cursor","prev_cursor","has_more"],)"
         R"("properties":{"next_cursor":{"type":["string","null"]},)"
         R"("prev_cursor":{"type":["string","null"]},"has_more":{"type":"boolean"}}}}})";
}

task<result<http_response>> read_health(exchange&) {
  co_return json_response(200, to_json(condition_view{"ok"}));
}

task<result<http_response>> read_readiness(exchange& x) {
  if (x.shared().ports.node.ready())
    co_return json_response(200, to_json(condition_view{"ready"}));
  co_return problem{code::shard_unavailable, x.shared().ports.node.why_not_ready()};
}

task<result<http_response>> read_metrics(exchange& x) {
  auto out = json_response(200, x.shared().ports.node.metrics_text());
  out.content_type = "text/plain; version=0.0.4; charset=utf-8";
  co_return out;
}

task<result<http_response>> read_openapi(exchange&) {
  static const std::string document = openapi_document(routes());
  auto out = json_response(200, document);
  out.fields.emplace_back("Cache-Control", "public, max-age=300");
  co_return out;
}

task<result<http_response>> list_captures(exchange& x) {
  auto wanted = page_of(x);
  if (!wanted) co_return std::move(wanted).problem();
  const listing_plan plan{.index = std::string{sandbox_charge::captures_index}};
  auto rows =
      co_await x.here.asks->rows(scan_after(x, plan, wanted->after, wanted->limit + 1));
  if (!rows) co_return std::move(rows).problem();
  const bool more = rows->size() > wanted->limit;
  if (more) rows->resize(wanted->limit);
  std::vector<std::string> items;
  for (const auto& row : *rows) {
    sandbox_charge::capture_row captured;
    const auto id = row_key::id_at_end<charge_id>(row.key);
    if (!id || !unpack(row.value, captured))
      co_return problem{code::internal, "A row of the captures could not be read."};
    items.push_back(to_json(capture_view{*id, captured.amount, captured.checkout_id}));
  }
  co_return list_response(x, items, more ? rows->back().key : std::string{});
}

}  // namespace resalehub
