#include "storage/failure.hpp"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace resalehub {
namespace {

void end_process(const std::string& sentence) {
  std::fprintf(stderr, "resalehub: %s: the process ends, nothing more is acknowledged\n",
               sentence.c_str());
  std::fflush(stderr);
  std::_Exit(storage_failure_exit);
}

storage_failure_act& act_of_process() {
  static storage_failure_act act = end_process;
  return act;
}

}  // namespace

storage_failure_act storage_fails_by(storage_failure_act act) {
  return std::exchange(act_of_process(), std::move(act));
}

void storage_failed(const std::string& sentence) {
  act_of_process()(sentence);
  std::_Exit(storage_failure_exit);
}

}  // namespace resalehub
