#pragma once
/// A payment provider that has moods, around one that has none: it answers late, fails before it
/// did anything, or fails though it did. It always answers, once. One thread.

#include <map>
#include <memory>

#include "cluster/request.hpp"
#include "tests/simulation/streams.hpp"
#include "tests/simulation/timeline.hpp"

namespace resalehub::simulation {

class moody_payment_port final : public outside_port {
 public:
  moody_payment_port(std::unique_ptr<outside_port> inner, timeline& time, stream moods);

  void perform(const std::string& key, const std::string& request, steady_instant deadline,
               callback done) override;

 private:
  enum class mood : std::uint8_t { plain, late, failing, failing_after_all };
  mood draw();
  void answer_later(callback done, result<std::string> outcome);

  /// What is said later is forgotten with the port.
  struct said_later {
    std::uint64_t last = 0;
    std::map<std::uint64_t, std::pair<callback, result<std::string>>> waiting;
  };

  std::unique_ptr<outside_port> inner_;
  timeline& time_;
  stream moods_;
  std::shared_ptr<said_later> later_ = std::make_shared<said_later>();
};

}  // namespace resalehub::simulation
