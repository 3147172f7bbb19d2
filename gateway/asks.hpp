#pragma once
/// Asks of one loop: a coroutine awaits an entity's answer, several at once, or the rows of a list.
/// Answers arrive on actors' threads and cross to the loop as one post a batch. All members but
/// `deliver` and `deliver_scan` are confined to the loop.

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include <boost/asio/use_awaitable.hpp>

#include "cluster/request.hpp"
#include "gateway/application.hpp"

namespace resalehub {

class asks final : public answer_sink, public std::enable_shared_from_this<asks> {
 public:
  static std::shared_ptr<asks> on(loop_executor loop, entity_asker& entities);

  task<result<answer>> one(ask request);
  /// In the order of the requests.
  task<std::vector<result<answer>>> all(std::vector<ask> requests);
  task<result<std::vector<listed_row>>> rows(scan request);

  std::size_t pending() const { return pending_.size() + pending_rows_.size(); }

  void deliver(std::vector<answered_ask> batch) override;
  void deliver_scan(answered_scan scan) override;

 private:
  using resumption = boost::asio::async_result<boost::asio::use_awaitable_t<loop_executor>,
                                               void()>::handler_type;
  struct waiting {
    explicit waiting(resumption next) : resume(std::move(next)) {}
    resumption resume;
    std::vector<result<answer>>* outcomes = nullptr;  ///< in the frame that waits
    std::size_t missing = 0;
  };
  struct place {
    std::shared_ptr<waiting> who;
    std::size_t index = 0;
  };
  struct waiting_rows {
    resumption resume;
    result<std::vector<listed_row>>* outcome = nullptr;
  };

  asks(loop_executor loop, entity_asker& entities) : loop_(loop), entities_(entities) {}
  void start(std::vector<ask>& requests, std::vector<result<answer>>& outcomes, resumption next);
  void take(std::vector<answered_ask>& batch);
  void take_rows(answered_scan& scan);

  loop_executor loop_;
  entity_asker& entities_;
  std::uint64_t last_ticket_ = 0;
  std::unordered_map<std::uint64_t, place> pending_;
  std::unordered_map<std::uint64_t, waiting_rows> pending_rows_;
};

}  // namespace resalehub
