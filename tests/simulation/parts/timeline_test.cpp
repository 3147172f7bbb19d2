#include "tests/simulation/timeline.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace resalehub::simulation {
namespace {

TEST_CASE("an event that was cancelled or has happened is not cancelled again") {
  timeline time;
  int happened = 0;
  const auto first = time.at(1, [&] { ++happened; });
  const auto second = time.at(2, [&] { ++happened; });
  CHECK(time.cancel(first));
  CHECK_FALSE(time.cancel(first));
  CHECK(time.step());
  CHECK_FALSE(time.cancel(second));
  CHECK_FALSE(time.cancel({}));
  CHECK_FALSE(time.step());
  CHECK(happened == 1);
}

TEST_CASE("events happen by time, and those of one time in the order of asking") {
  timeline time;
  std::string order;
  time.at(20, [&] { order += "c"; });
  time.at(10, [&] {
    order += "a";
    time.after(10, [&] { order += "e"; });
    time.at(3, [&] { order += "b"; });  // in the past: next
  });
  time.at(20, [&] { order += "d"; });
  while (time.step()) continue;
  CHECK(order == "abcde");
  CHECK(time.now() == 20);
}

TEST_CASE("running until an instant leaves what is later, and arrives there") {
  timeline time;
  int happened = 0;
  time.at(5, [&] { ++happened; });
  time.at(6, [&] { ++happened; });
  time.run_until(5);
  CHECK(happened == 1);
  CHECK(time.next_at() == 6);
  time.run_until(50);
  CHECK(time.now() == 50);
  CHECK_FALSE(time.next_at());
}

TEST_CASE("what fell due while work took time happens late, and time never goes back") {
  timeline time;
  virtual_ns seen = 0;
  time.at(5, [&] { seen = time.now(); });
  time.spend(30);
  CHECK(time.next_at() == 30);
  time.step();
  CHECK(seen == 30);
}

}  // namespace
}  // namespace resalehub::simulation
