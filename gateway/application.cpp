#include "gateway/application.hpp"

namespace resalehub {

task<upgrade_verdict> http_application::upgrade(http_request& request) {
  co_return to_response(problem{code::not_found, "There is no WebSocket here."}, request);
}

}  // namespace resalehub
