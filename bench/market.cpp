#include "bench/market.hpp"

namespace resalehub::bench {

std::vector<person> sign_up(const endpoint& to, std::size_t count) {
  std::vector<person> people(count);
  ask_all(to, {.count = count,
               .at =
                   [](std::size_t) {
                     return request{.method = "POST",
                                    .path = "/v1/auth/signup",
                                    .body = R"({"email":"p)" + std::to_string(fresh_number()) +
                                            R"(@example.com","password":"correct horse battery",)"
                                            R"("display_name":"Pat"})",
                                    .keyed = true};
                   },
               .take =
                   [&](std::size_t which, const reply& answer) {
                     expect(answer, 201);
                     people[which] = {.id = std::string(text_in(answer.body, "id")),
                                      .token = std::string(text_in(answer.body, "access_token"))};
                   },
               .connections = 4});
  return people;
}

person sign_up_seller(const endpoint& to) {
  auto seller = std::move(sign_up(to, 1).front());
  ask_all(to, {.count = 1,
               .at =
                   [&](std::size_t) {
                     return request{.method = "POST",
                                    .path = "/v1/me/seller",
                                    .token = seller.token,
                                    .body = "{}"};
                   },
               .take = [](std::size_t, const reply& answer) { expect(answer, 200); }});
  return seller;
}

request listing_creation(const person& seller, std::int64_t quantity) {
  return {.method = "POST",
          .path = "/v1/listings",
          .token = seller.token,
          .body = R"({"title":"Blue bicycle","description":"Seven gears, a basket, one owner, )"
                  R"(kept dry. The bell rings, the lights shine, the tyres are new.",)"
                  R"("category":"bikes","condition":"good","price":{"amount":4500,)"
                  R"("currency":"EUR"},"quantity":)" +
                  std::to_string(quantity) + "}",
          .keyed = true};
}

std::vector<std::string> publish_listings(const endpoint& to, const person& seller,
                                          const stock& wanted) {
  std::vector<std::string> ids(wanted.listings);
  ask_all(to, {.count = ids.size(),
               .at = [&](std::size_t) { return listing_creation(seller, wanted.quantity); },
               .take =
                   [&](std::size_t which, const reply& answer) {
                     expect(answer, 201);
                     ids[which] = text_in(answer.body, "id");
                   }});
  ask_all(to, {.count = ids.size(),
               .at =
                   [&](std::size_t which) {
                     return request{.method = "POST",
                                    .path = "/v1/listings/" + ids[which] + "/publish",
                                    .token = seller.token,
                                    .body = "{}"};
                   },
               .take = [](std::size_t, const reply& answer) { expect(answer, 200); }});
  return ids;
}

namespace {

/// `count` creations, each asked for by the next of the people.
std::vector<owned> make_each(const endpoint& to, const std::vector<person>& people,
                             std::size_t count,
                             const std::function<request(std::size_t)>& creation) {
  std::vector<owned> made(count);
  ask_all(to, {.count = count,
               .at =
                   [&](std::size_t which) {
                     made[which].owner = &people[which % people.size()];
                     auto asked = creation(which);
                     asked.token = made[which].owner->token;
                     return asked;
                   },
               .take =
                   [&](std::size_t which, const reply& answer) {
                     expect(answer, 201);
                     made[which].id = text_in(answer.body, "id");
                   }});
  return made;
}

}  // namespace

std::vector<owned> open_rooms(const endpoint& to, const std::vector<person>& buyers,
                              const std::vector<std::string>& listings) {
  return make_each(to, buyers, buyers.size() * listings.size(), [&](std::size_t which) {
    const auto& listing = listings[which / buyers.size()];
    return request{.method = "POST",
                   .path = "/v1/rooms",
                   .body = R"({"listing_id":")" + listing + R"("})",
                   .keyed = true};
  });
}

std::vector<owned> start_checkouts(const endpoint& to, std::size_t count,
                                   const std::vector<person>& buyers,
                                   const std::vector<std::string>& listings) {
  return make_each(to, buyers, count, [&](std::size_t which) {
    const auto& listing = listings[which % listings.size()];
    return request{.method = "POST",
                   .path = "/v1/checkouts",
                   .body = R"({"listing_id":")" + listing + R"(","quantity":1})",
                   .keyed = true};
  });
}

}  // namespace resalehub::bench
