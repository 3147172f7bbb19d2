#include "gateway/rate_limit.hpp"

#include <algorithm>
#include <utility>

namespace resalehub {

std::string_view name_of(rate_class which) {
  switch (which) {
    case rate_class::none: return "none";
    case rate_class::read: return "read";
    case rate_class::write: return "write";
    case rate_class::sign_up: return "sign_up";
    case rate_class::login: return "login";
    case rate_class::chat: return "chat";
    case rate_class::room_opening: return "room_opening";
    case rate_class::live: return "live";
  }
  return "none";
}

rate_limit::rate_limit(const rate_rules& rules, std::size_t buckets_max)
    : rules_(rules), generation_max_(std::max<std::size_t>(buckets_max / 2, 1)) {}

std::int64_t& rate_limit::full_at(std::string key) {
  if (const auto found = young_.find(key); found != young_.end()) return found->second;
  auto node = old_.extract(key);
  if (young_.size() >= generation_max_) old_ = std::exchange(young_, {});
  if (!node.empty()) return young_.insert(std::move(node)).position->second;
  return young_.emplace(std::move(key), 0).first->second;
}

rate_verdict rate_limit::take(rate_class which, std::string_view who, std::int64_t now_us) {
  const auto& rule = rules_[rate_place(which)];
  if (which == rate_class::none || rule.permits <= 0) return {.rule = rule};
  std::string key(1, static_cast<char>(which));
  key += who;
  auto& full = full_at(std::move(key));
  const std::int64_t window_us = rule.window_s * 1'000'000;
  const std::int64_t each_us = std::max<std::int64_t>(window_us / rule.permits, 1);
  const std::int64_t after = std::max(full, now_us) + each_us;
  rate_verdict verdict{.rule = rule};
  verdict.allowed = after - now_us <= window_us;
  if (verdict.allowed) full = after;
  const std::int64_t owed_us = full - now_us;
  verdict.remaining = std::max<std::int64_t>((window_us - owed_us) / each_us, 0);
  verdict.reset_s = (owed_us + 999'999) / 1'000'000;
  if (!verdict.allowed) verdict.retry_after_ms = (after - now_us - window_us + 999) / 1000;
  return verdict;
}

std::string policy_field(rate_class which, const rate_rule& rule) {
  std::string out = "\"";
  out += name_of(which);
  out += "\";q=" + std::to_string(rule.permits) + ";w=" + std::to_string(rule.window_s);
  return out;
}

std::string limit_field(rate_class which, const rate_verdict& verdict) {
  std::string out = "\"";
  out += name_of(which);
  out += "\";r=" + std::to_string(verdict.remaining) + ";t=" + std::to_string(verdict.reset_s);
  return out;
}

}  // namespace resalehub
