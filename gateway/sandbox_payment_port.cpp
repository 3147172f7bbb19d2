#include "gateway/sandbox_payment_port.hpp"

#include <utility>

#include "actors/ports/sandbox_payment.hpp"
#include "base/check.hpp"

namespace resalehub {
namespace {

/// Brings one charge's answer back; nobody else waits on it.
class charge_sink final : public answer_sink {
 public:
  explicit charge_sink(outside_port::callback done) : done_(std::move(done)) {}
  void deliver(std::vector<answered_ask> batch) override {
    for (auto& [ticket, outcome] : batch) {
      if (outcome) done_(std::move(outcome->bytes));
      else done_(std::move(outcome).problem());
    }
  }
  void deliver_scan(answered_scan) override { fail("a charge asks for no lists"); }

 private:
  outside_port::callback done_;
};

class sandbox_payment_port final : public outside_port {
 public:
  explicit sandbox_payment_port(entity_asker& asker) : asker_(asker) {}

  void perform(const std::string& key, const std::string& request, steady_instant deadline,
               callback done) override {
    ask charge;
    charge.to = sandbox_charge::id_for(key);
    charge.mode = ask_mode::keyed;
    charge.request = derived_request("sandbox_payment", key, request);
    charge.body = request;
    charge.deadline = deadline;
    charge.sink = std::make_shared<charge_sink>(std::move(done));
    asker_.ask(std::move(charge));
  }

 private:
  entity_asker& asker_;
};

}  // namespace

std::unique_ptr<outside_port> make_sandbox_payment_port(entity_asker& asker) {
  return std::make_unique<sandbox_payment_port>(asker);
}

}  // namespace resalehub
