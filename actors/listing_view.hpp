#pragma once
/// What others see of a listing: its view, the quote that carts and checkouts are given, and its
/// index rows. Values.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/ids.hpp"
#include "base/described.hpp"
#include "base/money.hpp"

namespace resalehub::listing {

enum class condition { new_, like_new, good, fair, poor };
BOOST_DESCRIBE_ENUM(condition, new_, like_new, good, fair, poor)

enum class phase { absent, draft, published, paused, sold_out, closed, removed };
BOOST_DESCRIBE_ENUM(phase, absent, draft, published, paused, sold_out, closed, removed)

// -- views ----------------------------------------------------------------------------------------

struct view {
  listing_id id;
  user_id seller_id;
  std::string title;
  std::string description;
  std::string category;
  listing::condition condition = condition::new_;
  money price;
  std::int64_t quantity = 0;
  std::int64_t available = 0;
  phase status = phase::draft;
  std::uint64_t version = 0;
  instant created_at;
  instant updated_at;
  std::optional<instant> published_at;
  std::vector<std::string> allowed_actions;
};
RESALEHUB_DESCRIBE(view, id, seller_id, title, description, category, condition, price, quantity,
                   available, status, version, created_at, updated_at, published_at,
                   allowed_actions)

enum class sale { on_sale, sold_out, off_sale };
BOOST_DESCRIBE_ENUM(sale, on_sale, sold_out, off_sale)

struct quote {
  resalehub::listing_id listing_id;
  user_id seller_id;
  std::string title;
  money unit_price;
  std::int64_t available = 0;
  listing::sale sale = sale::off_sale;
  std::uint64_t version = 0;
};
RESALEHUB_DESCRIBE(quote, listing_id, seller_id, title, unit_price, available, sale, version)

/// [mp] of hold, release and convert.
struct availability {
  std::int64_t available = 0;
};
RESALEHUB_DESCRIBE(availability, available)

// -- index rows -----------------------------------------------------------------------------------

/// The value of a published listing's rows: what a list may filter by.
struct row {
  std::string category;
  listing::condition condition = condition::new_;
  user_id seller_id;
  money price;
};
/// The value of a row of one's own listings.
struct own_row {
  phase status = phase::draft;
};
RESALEHUB_DESCRIBE(row, category, condition, seller_id, price)
RESALEHUB_DESCRIBE(own_row, status)

/// Published ones: `.../created` has keys newest_first(created_at, id), `.../price` lowest_first.
inline constexpr std::string_view created_index = "listings/created";
inline constexpr std::string_view price_index = "listings/price";
std::string category_created_index(std::string_view category);
std::string category_price_index(std::string_view category);
std::string seller_created_index(const user_id& seller);
/// All of a seller's but the removed, in the seller's partition, newest_first; value own_row.
std::string own_index(const user_id& seller);

}  // namespace resalehub::listing
