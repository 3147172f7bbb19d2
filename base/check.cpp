#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace resalehub {

void fail(std::string_view sentence, std::source_location where) {
  std::fprintf(stderr, "resalehub: broken invariant: %.*s (%s:%u in %s)\n",
               static_cast<int>(sentence.size()), sentence.data(), where.file_name(),
               where.line(), where.function_name());
  std::fflush(stderr);
  std::abort();
}

}  // namespace resalehub
