#include "cluster/admission.hpp"

#include <algorithm>
#include <future>
#include <optional>
#include <utility>

#include "base/log.hpp"

namespace resalehub {
namespace {

constexpr milliseconds between_glances{20};
constexpr milliseconds retry_first{100};
constexpr milliseconds retry_most{3000};

/// So many looks without a link to anybody, and it asks again; then seldom.
constexpr int looks_alone_max = 3;
constexpr int looks_between_inquiries = 5;

problem given_up() {
  return {code::shard_unavailable, "It was told to stop before it was let in."};
}

result<join_answer> answer_from(result<std::string> said) {
  if (!said) return std::move(said).problem();
  auto answer = join_answer_from(*said);
  if (!answer) return problem{code::internal, "The cluster's answer could not be read."};
  if (answer->refused && answer->replaces == 0) return *std::move(answer->refused);
  return *std::move(answer);
}

/// No later attempt would end otherwise.
bool is_final(const problem& why) { return !why.retryable() && why.code != code::internal; }

}  // namespace

admission::admission(controller::join who, admission_ports ports)
    : who_(std::move(who)), ports_(std::move(ports)) {}

result<join_answer> admission::ask_once(const std::vector<std::string>& addresses,
                                        const controller::join& who) {
  auto promised = std::make_shared<std::promise<result<std::string>>>();
  auto said = promised->get_future();
  ports_.links->introduce(addresses, encoded(who), [promised](result<std::string> reply) {
    promised->set_value(std::move(reply));
  });
  while (said.wait_for(std::chrono::seconds{0}) != std::future_status::ready)
    if (!ports_.pause(between_glances)) return given_up();
  return answer_from(said.get());
}

result<join_answer> admission::enter(const std::vector<std::string>& addresses) {
  std::string told;
  auto who = who_;
  for (auto wait = retry_first;; wait = std::min(2 * wait, retry_most)) {
    auto answer = ask_once(addresses, who);
    if (answer && answer->replaces != 0) {
      who.replaces = answer->replaces;
      continue;
    }
    if (answer || is_final(answer.problem())) return answer;
    if (told != answer.problem().detail) {
      told = answer.problem().detail;
      ports_.tell("waits to be let in: " + told);
    }
    if (!ports_.pause(wait)) return given_up();
  }
}

void admission::look(std::vector<std::string> addresses) {
  const bool linked = ports_.links->figures().connected > 0;
  looks_alone_ = linked ? 0 : looks_alone_ + 1;
  if (addresses.empty() || inquiry_->under_way) return;
  if (inquiry_->belongs && looks_alone_ < looks_alone_max) return;
  if (looks_to_skip_ > 0) {
    --looks_to_skip_;
    return;
  }
  const bool seldom = inquiry_->belongs || looks_alone_ > looks_alone_max;
  looks_to_skip_ = seldom ? looks_between_inquiries : 0;
  inquiry_->under_way = true;
  auto heard = [inquiry = inquiry_, expelled = ports_.expelled](result<std::string> said) {
    const auto answer = answer_from(std::move(said));
    if (answer) inquiry->belongs = answer->replaces == 0;
    else if (is_final(answer.problem())) expelled(answer.problem().detail);
    inquiry->under_way = false;
  };
  ports_.links->introduce(std::move(addresses), encoded(who_), std::move(heard));
}

}  // namespace resalehub
