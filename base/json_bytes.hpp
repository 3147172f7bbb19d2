#pragma once
/// Appending single values as JSON: what needs no template. Read only through json.hpp.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/money.hpp"
#include "base/problem.hpp"
#include "base/time.hpp"

namespace resalehub::json_text {

void write_text(std::string& out, std::string_view value);  ///< with quotes and escapes
void write_signed(std::string& out, std::int64_t value);
void write_unsigned(std::string& out, std::uint64_t value);

void write(std::string& out, const entity_id& value);  ///< null for nobody
void write(std::string& out, const instant& value);
void write(std::string& out, const currency& value);
void write(std::string& out, const money& value);
void write(std::string& out, const meta_value& value);

}  // namespace resalehub::json_text
