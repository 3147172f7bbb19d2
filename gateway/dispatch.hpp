#pragma once
/// From a request to its row, through the row's checks in their order (route, who asks, rate,
/// accept, parameters, key, If-Match, body) to its handler, and back. One for each listener; any
/// loop of the gateway.

#include "gateway/application.hpp"
#include "gateway/exchange.hpp"
#include "gateway/route.hpp"

namespace resalehub {

class dispatch final : public http_application {
 public:
  dispatch(services& shared, door where, const std::vector<route>& rows = routes());

  task<http_response> respond(http_request& request) override;
  void adorn(const http_request& request, http_response& response) const override;
  bool is_websocket(std::string_view path) const override;
  task<upgrade_verdict> upgrade(http_request& request) override;
  void answered(const http_exchange& one) override;

 private:
  std::optional<problem> refusal_of_operator(const http_request& request) const;
  task<std::optional<problem>> admit(exchange& x, rate_verdict& verdict);
  task<result<websocket_accepted>> accept(http_request& request);
  result<matched_route> find(const http_request& request, http_response& refused) const;

  services& shared_;
  door where_;
  router router_;
};

}  // namespace resalehub
