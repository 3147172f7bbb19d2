#include "tests/simulation/trace.hpp"

#include <cinttypes>

namespace resalehub::simulation {

std::string line_of(const happening& one) {
  char numbers[160];
  std::snprintf(numbers, sizeof numbers, "%6" PRId64 ".%09" PRId64 " ", one.at / second_ns,
                one.at % second_ns);
  std::string line = numbers;
  line += one.machine == 0 ? std::string("-- ") : "m" + std::to_string(one.machine) + " ";
  line += one.what;
  std::snprintf(numbers, sizeof numbers, " %" PRIu64 " %" PRIu64 " %" PRIu64, one.first, one.second,
                one.third);
  line += numbers;
  if (!one.text.empty()) line += " " + one.text;
  return line;
}

void trace::note(happening one) {
  hash_.add(static_cast<std::uint64_t>(one.at));
  hash_.add(one.machine);
  hash_.add(one.what);
  hash_.add(one.first);
  hash_.add(one.second);
  hash_.add(one.third);
  hash_.add(one.text);
  if (everything_ != nullptr) {
    std::fprintf(everything_, "%s\n", line_of(one).c_str());
    std::fflush(everything_);  // the process may be about to die
  }
  if (kept_.size() < kept_max) kept_.push_back(std::move(one));
  else kept_[count_ % kept_max] = std::move(one);
  ++count_;
}

std::vector<std::string> trace::last() const {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < kept_.size(); ++at)
    lines.push_back(line_of(kept_[(count_ + at) % kept_.size()]));
  return lines;
}

}  // namespace resalehub::simulation
