#include "gateway/facts.hpp"

#include "actors/listing.hpp"

namespace resalehub {

task<result<listing::quote>> quote_of(const exchange& x, listing_id id) {
  co_return unpacked<listing::quote>(
      co_await x.ask_one(x.query<listing::query>(id, listing::read_quote{})));
}

task<result<std::vector<std::optional<listing::quote>>>> quotes_of(
    const exchange& x, const std::vector<sale_line>& lines) {
  static const std::string question = packed(listing::query{listing::read_quote{}});
  std::vector<ask> questions;
  for (const auto& line : lines)
    questions.push_back(x.asking(line.listing_id, ask_mode::query, question));
  auto answers = co_await x.here.asks->all(std::move(questions));
  std::vector<std::optional<listing::quote>> out;
  for (auto& answered : answers) {
    auto quote = unpacked<listing::quote>(std::move(answered));
    if (!quote && quote.problem().code != code::not_found) co_return std::move(quote).problem();
    out.push_back(quote ? std::optional{*std::move(quote)} : std::nullopt);
  }
  co_return out;
}

}  // namespace resalehub
