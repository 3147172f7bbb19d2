#include "bench/chatter.hpp"

namespace resalehub::bench {
namespace {

constexpr std::size_t buyers = 64;
constexpr std::size_t talked_about = 16;  ///< listings; a room for each and every buyer

std::string next_body() {
  std::string body = R"({"client_msg_id":")" + message_number() + R"(","text":")";
  body.append(message_bytes - body.size() - 2, 'x');
  return body + "\"}";
}

}  // namespace

std::string message_number() {
  std::string number = std::to_string(fresh_number());
  number.insert(0, 20 - number.size(), '0');
  return number;
}

request message_to(const owned& room) {
  return {.method = "POST",
          .path = "/v1/rooms/" + room.id + "/messages",
          .token = room.owner->token,
          .body = next_body()};
}

chatter::chatter(const std::vector<owned>& rooms) {
  for (const auto& room : rooms) {
    std::string head;
    append(head, message_to(room));
    heads_.push_back(head.substr(0, head.size() - message_bytes));
  }
}

script chatter::what() {
  return {.ask =
              [this](std::size_t, std::string& out) {
                random_ = random_ * 6364136223846793005u + 1442695040888963407u;
                out += heads_[(random_ >> 33) % heads_.size()];
                out += next_body();
                return true;
              },
          .take = [](std::size_t, const reply& answer) { expect(answer, 201); }};
}

talking_market::talking_market(const endpoint& to) {
  const auto seller = sign_up_seller(to);
  people = sign_up(to, buyers);
  rooms = open_rooms(to, people, publish_listings(to, seller, {.listings = talked_about}));
}

}  // namespace resalehub::bench
