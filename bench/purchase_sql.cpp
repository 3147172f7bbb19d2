#include "bench/purchase_sql.hpp"

#include "bench/shoppers.hpp"

namespace resalehub::bench {
namespace {

/// Who buys, how much, and from which listing on.
std::string choices() {
  return "\\set lines random(1, " + std::to_string(lines_max) +
         ")\n"
         "\\set first random(1, " +
         std::to_string(shop_listings - lines_max) +
         ")\n"
         "\\set last :first + :lines - 1\n"
         "\\set buyer random(1, " +
         std::to_string(shoppers_count) + ")\n";
}

std::string keyed(const std::string& count) {
  return "INSERT INTO requests SELECT gen_random_uuid(), '{\"status\":200}' "
         "FROM generate_series(1, " +
         count + ");\n";
}

constexpr const char* open_cart =
    "INSERT INTO carts (buyer) VALUES (:buyer) RETURNING id AS cart \\gset\n";
constexpr const char* add_lines =
    "INSERT INTO cart_lines SELECT :cart, id, 1, price FROM listings "
    "WHERE id BETWEEN :first AND :last;\n";
constexpr const char* check_out =
    "INSERT INTO checkouts (cart, buyer, total) SELECT :cart, :buyer, sum(price * quantity) "
    "FROM cart_lines WHERE cart = :cart RETURNING id AS checkout \\gset\n";
constexpr const char* reserve =
    "UPDATE listings SET held = held + 1 "
    "WHERE id BETWEEN :first AND :last AND quantity - held - sold >= 1;\n"
    "INSERT INTO holds SELECT :checkout, listing, quantity FROM cart_lines WHERE cart = :cart;\n"
    "UPDATE checkouts SET state = 'reserved' WHERE id = :checkout;\n";
constexpr const char* complete =
    "INSERT INTO payments (checkout, amount) SELECT id, total FROM checkouts "
    "WHERE id = :checkout;\n"
    "UPDATE listings SET held = held - 1, sold = sold + 1 WHERE id BETWEEN :first AND :last;\n"
    "DELETE FROM holds WHERE checkout = :checkout;\n"
    "INSERT INTO orders (checkout, buyer, total) SELECT id, buyer, total FROM checkouts "
    "WHERE id = :checkout RETURNING id AS placed \\gset\n"
    "INSERT INTO order_lines SELECT :placed, listing, quantity, price FROM cart_lines "
    "WHERE cart = :cart;\n"
    "UPDATE checkouts SET state = 'completed' WHERE id = :checkout;\n"
    "UPDATE carts SET state = 'ordered' WHERE id = :cart;\n";

std::string transaction(const std::string& statements) {
  return "BEGIN;\n" + statements + "END;\n";
}

/// The line behind the first ones; a cart that is full already leaves it out.
std::string add_line(std::size_t which) {
  const auto offset = std::to_string(which);
  return "\\set more :lines > " + offset + "\n\\if :more\n" +
         transaction("INSERT INTO cart_lines SELECT :cart, id, 1, price FROM listings "
                     "WHERE id = :first + " +
                     offset + ";\n" + keyed("1")) +
         "\\endif\n";
}

}  // namespace

std::string purchase_tables(std::size_t listings) {
  return "CREATE TABLE listings (id int PRIMARY KEY, price int NOT NULL, quantity int NOT NULL, "
         "held int NOT NULL DEFAULT 0, sold int NOT NULL DEFAULT 0) WITH (fillfactor = 50);"
         "CREATE TABLE carts (id bigserial PRIMARY KEY, buyer int NOT NULL, "
         "state text NOT NULL DEFAULT 'open');"
         "CREATE TABLE cart_lines (cart bigint, listing int, quantity int NOT NULL, "
         "price int NOT NULL, PRIMARY KEY (cart, listing));"
         "CREATE TABLE checkouts (id bigserial PRIMARY KEY, cart bigint NOT NULL, "
         "buyer int NOT NULL, total bigint NOT NULL, state text NOT NULL DEFAULT 'started');"
         "CREATE TABLE holds (checkout bigint, listing int, quantity int NOT NULL, "
         "PRIMARY KEY (checkout, listing));"
         "CREATE TABLE payments (id bigserial PRIMARY KEY, checkout bigint NOT NULL, "
         "amount bigint NOT NULL, state text NOT NULL DEFAULT 'captured');"
         "CREATE TABLE orders (id bigserial PRIMARY KEY, checkout bigint NOT NULL, "
         "buyer int NOT NULL, total bigint NOT NULL, state text NOT NULL DEFAULT 'paid');"
         "CREATE TABLE order_lines (placed bigint, listing int, quantity int NOT NULL, "
         "price int NOT NULL, PRIMARY KEY (placed, listing));"
         "CREATE TABLE requests (key uuid PRIMARY KEY, answer text NOT NULL);"
         "INSERT INTO listings SELECT number, 4500, 100000000 FROM generate_series(1, " +
         std::to_string(listings) +
         ") AS number;"
         "ANALYZE;";
}

std::string purchase_in_one() {
  std::string steps = open_cart;
  steps.append(add_lines).append(check_out).append(reserve).append(complete);
  return choices() + transaction(steps.append(keyed("4 + :lines")));
}

std::string purchase_in_steps() {
  std::string script = choices() + transaction(open_cart + keyed("1"));
  for (std::size_t line = 0; line < lines_max; ++line) script += add_line(line);
  return script + transaction(check_out + keyed("1")) + transaction(reserve + keyed("1")) +
         transaction(complete + keyed("1"));
}

}  // namespace resalehub::bench
