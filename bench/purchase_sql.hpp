#pragma once
/// A purchase as a shop on a relational database would make it: the rows that Resale Hub's own
/// purchase leaves (cart, lines, checkout, hold, payment, order, a record of each keyed request),
/// of 1 to 5 listings. For pgbench.

#include <cstddef>
#include <string>

namespace resalehub::bench {

std::string purchase_tables(std::size_t listings);
/// All in one transaction, a statement for a table: the least that this database can do for it.
std::string purchase_in_one();
/// A transaction for each request: a cart, each line, checkout, hold, payment.
std::string purchase_in_steps();

}  // namespace resalehub::bench
