#include "config/options.hpp"

namespace resalehub {

// Here, so that all of the lines are compiled once.
options::options() = default;
options::~options() = default;

}  // namespace resalehub
