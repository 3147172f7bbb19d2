#include "gateway/asks.hpp"

#include <boost/asio/post.hpp>
#include <utility>

namespace resalehub {
namespace {

using awaitable_token = boost::asio::use_awaitable_t<loop_executor>;

}  // namespace

std::shared_ptr<asks> asks::on(loop_executor loop, entity_asker& entities) {
  return std::shared_ptr<asks>(new asks(loop, entities));
}

void asks::start(std::vector<ask>& requests, std::vector<result<answer>>& outcomes,
                 resumption next) {
  const auto who = std::make_shared<waiting>(std::move(next));
  who->outcomes = &outcomes;
  who->missing = requests.size();
  for (std::size_t i = 0; i < requests.size(); ++i) {
    requests[i].ticket = ++last_ticket_;
    requests[i].sink = shared_from_this();
    pending_.emplace(last_ticket_, place{who, i});
  }
  for (auto& request : requests) entities_.ask(std::move(request));
}

task<std::vector<result<answer>>> asks::all(std::vector<ask> requests) {
  std::vector<result<answer>> outcomes(requests.size(), answer{});
  if (requests.empty()) co_return outcomes;
  awaitable_token awaited;
  co_await boost::asio::async_initiate<awaitable_token, void()>(
      [&](resumption next) { start(requests, outcomes, std::move(next)); }, awaited);
  co_return outcomes;
}

task<result<answer>> asks::one(ask request) {
  std::vector<ask> requests;
  requests.push_back(std::move(request));
  std::vector<result<answer>> outcomes(1, answer{});
  awaitable_token awaited;
  co_await boost::asio::async_initiate<awaitable_token, void()>(
      [&](resumption next) { start(requests, outcomes, std::move(next)); }, awaited);
  co_return std::move(outcomes.front());
}

task<result<std::vector<listed_row>>> asks::rows(scan request) {
  result<std::vector<listed_row>> outcome{std::vector<listed_row>{}};
  awaitable_token awaited;
  co_await boost::asio::async_initiate<awaitable_token, void()>(
      [&](resumption next) {
        request.ticket = ++last_ticket_;
        request.sink = shared_from_this();
        pending_rows_.emplace(last_ticket_, waiting_rows{std::move(next), &outcome});
        entities_.list(std::move(request));
      },
      awaited);
  co_return outcome;
}

void asks::deliver(std::vector<answered_ask> batch) {
  boost::asio::post(loop_, [self = shared_from_this(), batch = std::move(batch)]() mutable {
    self->take(batch);
  });
}

void asks::deliver_scan(answered_scan scan) {
  boost::asio::post(loop_, [self = shared_from_this(), scan = std::move(scan)]() mutable {
    self->take_rows(scan);
  });
}

void asks::take(std::vector<answered_ask>& batch) {
  for (auto& one : batch) {
    auto node = pending_.extract(one.ticket);
    if (node.empty()) continue;
    auto& [who, index] = node.mapped();
    (*who->outcomes)[index] = std::move(one.outcome);
    // Resumed here and now: the batch was posted so that it need not be posted again.
    if (--who->missing == 0) std::exchange(who, nullptr)->resume();
  }
}

void asks::take_rows(answered_scan& scan) {
  auto node = pending_rows_.extract(scan.ticket);
  if (node.empty()) return;
  *node.mapped().outcome = std::move(scan.outcome);
  std::move(node.mapped().resume)();
}

}  // namespace resalehub
