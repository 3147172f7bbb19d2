#pragma once
/// People at the market as simulated clients: sellers with listings, buyers who fill carts, check
/// out, pay, change their minds or walk away. What the workloads of purchases share: how it goes
/// (shopping.cpp) and the books in the end (shopping_books.cpp).

#include <map>
#include <set>
#include <string>
#include <vector>

#include "actors/checkout.hpp"
#include "actors/listing.hpp"
#include "actors/order.hpp"
#include "actors/ports/sandbox_payment.hpp"
#include "tests/simulation/client_workload.hpp"

namespace resalehub::simulation {

/// The rest of what a hundred do is to pay and to be content.
struct shop_plan {
  client_workload::habits how;
  std::uint32_t sellers = 1;
  std::vector<std::int64_t> stocks;  ///< a listing each, of the sellers in turn
  std::uint32_t lines_max = 1;       ///< of a purchase
  std::int64_t hold_ms_max = 9'000;
  std::int64_t thinking_ms = 300;  ///< on average, before they reserve or pay
  std::uint32_t of_hundred_by_cart = 50;
  std::uint32_t of_hundred_declined = 15;
  std::uint32_t of_hundred_silent = 8;      ///< the provider says nothing until it is cancelled
  std::uint32_t of_hundred_cancelled = 10;  ///< by another device, while it is paid
  std::uint32_t of_hundred_left = 10;       ///< reserved, never paid
  std::uint32_t of_hundred_repriced = 0;    ///< actions of a seller instead
};

class shopping : public client_workload {
 public:
  shopping(world& in, shop_plan plan);
  void begin() override;
  void check() override;

 private:
  struct thing {
    listing_id id;
    user_id seller;
    std::int64_t stock = 0;
    std::set<std::int64_t> prices;  ///< that it may have had
    std::int64_t bought = 0;        ///< in purchases that were told complete
  };
  struct purchase {
    user_id buyer;
    checkout_id id;
    bool started = false;   ///< acknowledged
    bool cancelled = false;  ///< by the check, to bring it to an end
    std::map<std::uint64_t, checkout::phase> seen;  ///< by version
    std::optional<checkout::view> complete;         ///< as a buyer was told
    std::optional<checkout::view> last;             ///< in the end
  };

  struct errand;
  using shopper = std::shared_ptr<errand>;

  // -- how it goes --------------------------------------------------------------------------------
  void act(std::uint32_t client) override;
  /// One after the other; `then` once all are accepted.
  void in_turn(std::vector<resalehub::ask> asks, std::function<void()> then);
  void open_shop(std::uint32_t seller);
  void ready();
  void reprice(std::uint32_t client);
  void fill_cart(const shopper& who);
  void add_to_cart(const shopper& who, std::size_t next_thing);
  void take_sheet(const shopper& who);
  void quote(const shopper& who, std::size_t next_line);
  void start(const shopper& who);
  void think(const shopper& who);
  void reserve(const shopper& who);
  void pay(const shopper& who);
  void paid(const shopper& who, const client_answer& said);
  void cancel(const shopper& who, std::function<void()> then);
  void clear_cart(const shopper& who);
  void note(std::size_t number, const client_answer& said);
  void completed(const checkout::view& told);
  thing* thing_of(const listing_id& id);
  milliseconds some_hold();

  // -- the books ----------------------------------------------------------------------------------
  std::string what_is_not_over();
  bool look_at(purchase& one);
  void check_course(const purchase& one);
  void check_complete(const purchase& one);
  void check_order(const purchase& one, const order_id& id, std::int64_t& total);
  void check_stock(const thing& one);
  std::string what_sales_lack();
  void read_captures();
  machine_number any_machine();

  const shop_plan plan_;
  std::vector<thing> things_;
  std::vector<purchase> purchases_;
  std::vector<user_id> sellers_;
  std::vector<user_id> buyers_;  ///< by client
  std::uint32_t missing_ = 0;    ///< people who are not ready
  std::map<checkout_id, std::vector<money>> captures_;
  std::map<listing_id, std::int64_t> sold_;
  std::map<user_id, std::set<order_id>> sales_;
};

}  // namespace resalehub::simulation
