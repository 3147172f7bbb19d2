#pragma once
/// `resalehub config explain`: every option with its value, where that came from, and its sentence.

#include <string>

#include "config/options.hpp"

namespace resalehub {

std::string explain(const options& all);       ///< a table for people
std::string explain_json(const options& all);  ///< an array of objects for programs

}  // namespace resalehub
