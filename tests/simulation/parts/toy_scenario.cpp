#include "tests/simulation/parts/toy.hpp"

namespace resalehub::simulation {

scenario the_scenario() { return {toy_options, run_toy}; }

}  // namespace resalehub::simulation
