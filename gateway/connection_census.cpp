#include "gateway/connection_census.hpp"

#include <boost/asio/dispatch.hpp>

namespace resalehub {

connection_slot::~connection_slot() {
  if (census_) census_->release(std::move(address_));
}

std::optional<connection_slot> connection_census::admit(const std::string& address) {
  if (total_ >= connections_max_) return std::nullopt;
  auto& count = by_address_[address];
  if (count >= per_address_max_) return std::nullopt;
  ++count;
  ++total_;
  return std::optional<connection_slot>(std::in_place, shared_from_this(), address);
}

void connection_census::release(std::string address) {
  boost::asio::dispatch(home_, [census = shared_from_this(), address = std::move(address)] {
    census->forget(address);
  });
}

void connection_census::forget(const std::string& address) {
  auto found = by_address_.find(address);
  if (--found->second == 0) by_address_.erase(found);
  --total_;
}

}  // namespace resalehub
