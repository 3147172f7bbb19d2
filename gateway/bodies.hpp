#pragma once
/// The bodies and answers that rows of the route table name. Each is defined beside the handlers of
/// its noun, so that a type's reading is compiled in one file.

#include <memory>

#include "base/json.hpp"
#include "base/schema.hpp"
#include "gateway/route.hpp"

namespace resalehub {

namespace bodies {
extern const body_kind nothing;  ///< {} or no body at all
extern const body_kind signup, login, refresh;
extern const body_kind listing, listing_edit, stock_adjustment;
extern const body_kind cart_item, cart_item_quantity;
extern const body_kind checkout, payment;
extern const body_kind room, message, read_mark;
extern const body_kind transfer;
}  // namespace bodies

namespace shapes {
extern const answer_kind problem;
extern const answer_kind user, session, seller, ticket, key_set;
extern const answer_kind listing, listing_page;
extern const answer_kind cart, checkout;
extern const answer_kind order, order_page;
extern const answer_kind room, message, message_page;
extern const answer_kind node, nodes, partition, partitions, where, inspected;
extern const answer_kind condition, capture_page, document, text;
}  // namespace shapes

/// For the files that define them.
template <class Body>
body_kind body_kind_of() {
  return {.read = [](std::string_view json) -> result<std::shared_ptr<const void>> {
            auto body = from_json<Body>(json);
            if (!body) return std::move(body).problem();
            return std::shared_ptr<const void>{std::make_shared<Body>(*std::move(body))};
          },
          .canonical = [](const void* body) { return to_json(*static_cast<const Body*>(body)); },
          .schema = [](schema_book& book) { return book.of<Body>(schema_use::request); }};
}

template <class View>
answer_kind answer_kind_of() {
  return {.schema = [](schema_book& book) { return book.of<View>(schema_use::answer); }};
}

/// {"data":[item],"page":{...}}
std::string page_schema(const std::string& item_schema);

template <class View>
answer_kind page_kind_of() {
  return {.schema = [](schema_book& book) {
    return page_schema(book.of<View>(schema_use::answer));
  }};
}

}  // namespace resalehub
