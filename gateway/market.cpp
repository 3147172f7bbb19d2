#include "gateway/handlers.hpp"

#include "actors/listing.hpp"
#include "actors/row_key.hpp"
#include "gateway/bodies.hpp"
#include "gateway/exchange.hpp"
#include "gateway/lists.hpp"

namespace resalehub {

namespace bodies {
const body_kind listing = body_kind_of<listing::create_body>();
const body_kind listing_edit = body_kind_of<listing::edit_body>();
const body_kind stock_adjustment = body_kind_of<listing::adjust_stock_body>();
}  // namespace bodies

namespace shapes {
const answer_kind listing = answer_kind_of<listing::view>();
const answer_kind listing_page = page_kind_of<listing::view>();
}  // namespace shapes

namespace {

/// `command` is packed: g++ 12 copies a plain struct that a template's coroutine takes by value bit
/// by bit.
task<result<http_response>> change_listing(exchange& x, std::string command) {
  auto id = x.place<listing_id>();
  if (!id) co_return std::move(id).problem();
  auto request = x.packed_command(*id, std::move(command));
  co_return entity_response(co_await x.ask_one(std::move(request)));
}

std::string bytes_of(listing::command command) { return packed(command); }

/// What a request wants to see of the market.
struct market_filter {
  std::optional<std::string> category;
  std::optional<listing::condition> condition;
  std::optional<user_id> seller;
  std::optional<std::int64_t> price_min;
  std::optional<std::int64_t> price_max;

  bool fits(std::string_view of, listing::condition how, const user_id& whose,
            std::int64_t amount) const {
    return (!category || of == *category) && (!condition || how == *condition) &&
           (!seller || whose == *seller) && (!price_min || amount >= *price_min) &&
           (!price_max || amount <= *price_max);
  }
};

result<market_filter> filter_of(const parameters& given) {
  market_filter out;
  if (const auto category = given.word("category")) out.category = std::string{*category};
  if (const auto condition = given.word("condition"))
    out.condition = enum_from<listing::condition>(*condition);
  if (const auto seller = given.word("seller_id")) {
    out.seller = id_from_text<user_id>(*seller);
    if (!out.seller)
      return problem{code::invalid_parameter, "seller_id is not the id of a user."}.at(
          "?seller_id", code::invalid_parameter, "It is not the id of a user.");
  }
  out.price_min = given.whole("price[gte]");
  out.price_max = given.whole("price[lte]");
  return out;
}

/// The narrowest index that has this order.
listing_plan plan_of(const market_filter& filter, std::string_view sort) {
  listing_plan out;
  if (sort == "-created_at") {
    if (filter.seller) {
      out.index = listing::seller_created_index(*filter.seller);
      out.place = filter.seller->slot;
    } else {
      out.index = filter.category ? listing::category_created_index(*filter.category)
                                  : std::string{listing::created_index};
    }
    return out;
  }
  out.index = filter.category ? listing::category_price_index(*filter.category)
                              : std::string{listing::price_index};
  out.descending = sort == "-price";
  if (filter.price_min)
    out.from = row_key::ascending(static_cast<std::uint64_t>(*filter.price_min));
  if (filter.price_max)
    out.to = row_key::ascending(static_cast<std::uint64_t>(*filter.price_max) + 1);
  return out;
}

}  // namespace

task<result<http_response>> create_listing(exchange& x) {
  auto standing = unpacked<user::standing>(
      co_await x.ask_one(x.own_query<user::query>(x.user(), user::read_standing{})));
  if (!standing) co_return std::move(standing).problem();
  const listing_id id{x.user().slot, x.keyed_ulid("listing")};
  auto asked = x.command<listing::command>(
      id, listing::create{x.body<listing::create_body>(), *std::move(standing)});
  co_return entity_response(co_await x.ask_one(std::move(asked)));
}

task<result<http_response>> read_listing(exchange& x) {
  static const std::string question = packed(listing::query{listing::read{}});
  const auto id = x.place<listing_id>();
  if (!id) co_return id.problem();
  co_return entity_response(co_await x.ask_one(x.asking(*id, ask_mode::query, question)));
}

task<result<http_response>> edit_listing(exchange& x) {
  return change_listing(x, bytes_of(listing::edit{x.body<listing::edit_body>()}));
}
task<result<http_response>> remove_listing(exchange& x) {
  return change_listing(x, bytes_of(listing::remove{}));
}
task<result<http_response>> publish_listing(exchange& x) {
  return change_listing(x, bytes_of(listing::publish{}));
}
task<result<http_response>> pause_listing(exchange& x) {
  return change_listing(x, bytes_of(listing::pause{}));
}
task<result<http_response>> resume_listing(exchange& x) {
  return change_listing(x, bytes_of(listing::resume{}));
}
task<result<http_response>> close_listing(exchange& x) {
  return change_listing(x, bytes_of(listing::close{}));
}
task<result<http_response>> adjust_stock(exchange& x) {
  return change_listing(x, bytes_of(listing::adjust_stock{x.body<listing::adjust_stock_body>()}));
}

task<result<http_response>> browse_listings(exchange& x) {
  auto filter = filter_of(x.given);
  if (!filter) co_return std::move(filter).problem();
  auto plan = plan_of(*filter, *x.given.word("sort"));
  plan.kind = listing_id::kind;
  plan.query = packed(listing::query{listing::read{}});
  plan.row_fits = [wanted = *filter](std::string_view value) {
    listing::row row;
    return unpack(value, row) &&
           wanted.fits(row.category, row.condition, row.seller_id, row.price.amount);
  };
  plan.still_fits = [wanted = *filter](const std::string& json) {
    const auto now = from_json<listing::view>(json);
    return now && now->status == listing::phase::published &&
           wanted.fits(now->category, now->condition, now->seller_id, now->price.amount);
  };
  co_return co_await respond_list(x, std::move(plan));
}

task<result<http_response>> list_own_listings(exchange& x) {
  listing_plan plan{.index = listing::own_index(x.user()), .place = x.user().slot};
  std::optional<listing::phase> wanted;
  if (const auto status = x.given.word("status")) wanted = enum_from<listing::phase>(*status);
  plan.kind = listing_id::kind;
  plan.query = packed(listing::query{listing::read{}});
  plan.row_fits = [wanted](std::string_view value) {
    listing::own_row row;
    return unpack(value, row) && (!wanted || row.status == *wanted);
  };
  plan.still_fits = [wanted](const std::string& json) {
    const auto now = from_json<listing::view>(json);
    return now && now->status != listing::phase::removed && (!wanted || now->status == *wanted);
  };
  co_return co_await respond_list(x, std::move(plan));
}

}  // namespace resalehub
