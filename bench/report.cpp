#include "bench/report.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>

namespace resalehub::bench {
namespace {

std::string number(double value) {
  std::array<char, 40> text;
  const double size = std::fabs(value);
  const int places = size >= 100 || value == std::floor(value) ? 0 : size >= 10 ? 1 : 3;
  std::snprintf(text.data(), text.size(), "%.*f", places, value);
  return text.data();
}

std::string json_number(double value) {
  std::array<char, 40> text;
  std::snprintf(text.data(), text.size(), "%.6g", std::isfinite(value) ? value : 0);
  return text.data();
}

std::string shown(const std::optional<double>& value) { return value ? number(*value) : "-"; }

std::string verdict(const figure& one) {
  const auto holds = one.holds();
  return !holds ? "-" : *holds ? "pass" : "FAIL";
}

std::string json_of(const figure& one) {
  std::string out = R"({"name":")" + one.name + R"(","value":)" + json_number(one.value) +
                    R"(,"unit":")" + one.unit + '"';
  const auto add = [&](const char* name, const std::optional<double>& value) {
    if (value) out += std::string(",\"") + name + "\":" + json_number(*value);
  };
  add("ceiling", one.ceiling);
  add("ratio", one.ratio());
  add("floor", one.floor);
  add("most", one.most);
  if (const auto holds = one.holds()) out += *holds ? R"(,"holds":true)" : R"(,"holds":false)";
  out += R"(,"details":{)";
  for (const auto& [name, value] : one.details) {
    if (out.back() != '{') out += ',';
    out += '"' + name + "\":" + json_number(value);
  }
  return out + "}}";
}

}  // namespace

bool report::disturbed() const { return others_share_ > 0.1; }

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::optional<double> figure::ratio() const {
  if (!ceiling) return std::nullopt;
  return value / *ceiling;
}

std::optional<bool> figure::holds() const {
  if (floor) return ratio() && *ratio() >= *floor;
  if (most) return value <= *most;
  return std::nullopt;
}

void report::print_head() {
  std::printf("%-22s %10s %-10s %10s %7s %7s %7s  %s\n", "figure", "measured", "", "ceiling",
              "ratio", "floor", "most", "verdict");
}

void report::add(figure one) {
  std::printf("%-22s %10s %-10s %10s %7s %7s %7s  %s\n", one.name.c_str(),
              number(one.value).c_str(), one.unit.c_str(), shown(one.ceiling).c_str(),
              shown(one.ratio()).c_str(), shown(one.floor).c_str(), shown(one.most).c_str(),
              verdict(one).c_str());
  std::string line;
  for (const auto& [name, value] : one.details) {
    line += (line.empty() ? "    " : "  ") + name + ' ' + number(value);
    if (line.size() < 80) continue;
    std::printf("%s\n", line.c_str());
    line.clear();
  }
  if (!line.empty()) std::printf("%s\n", line.c_str());
  std::fflush(stdout);
  figures_.push_back(std::move(one));
}

void report::note(std::string sentence) {
  std::printf("    %s\n", sentence.c_str());
  std::fflush(stdout);
  notes_.push_back(std::move(sentence));
}

void report::end(double others_share) {
  others_share_ = others_share;
  if (disturbed())
    std::printf("DISTURBED: others used %.0f %% of the processor, so none of this counts\n",
                100 * others_share);
}

bool report::all_hold() const {
  return !disturbed() && std::all_of(figures_.begin(), figures_.end(), [](const figure& one) {
           return one.holds().value_or(true);
         });
}

void report::write(const std::filesystem::path& directory) const {
  std::filesystem::create_directories(directory);
  utsname machine{};
  ::uname(&machine);
  std::array<char, 32> when{};
  const std::time_t now = std::time(nullptr);
  std::strftime(when.data(), when.size(), "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&now));
  std::ofstream file(directory / (name_ + ".json"));
  file << R"({"name":")" << name_ << R"(","at":")" << when.data() << R"(","kernel":")"
       << machine.release << R"(","cores":)" << ::sysconf(_SC_NPROCESSORS_ONLN)
       << R"(,"others_share":)" << json_number(others_share_)
       << (disturbed() ? R"(,"counts":false)" : R"(,"counts":true)") << R"(,"figures":[)";
  for (std::size_t i = 0; i < figures_.size(); ++i)
    file << (i == 0 ? "\n" : ",\n") << json_of(figures_[i]);
  file << "\n],\"notes\":[";
  for (std::size_t i = 0; i < notes_.size(); ++i)
    file << (i == 0 ? "\n\"" : ",\n\"") << notes_[i] << '"';
  file << "\n]}\n";
}

}  // namespace resalehub::bench
