#pragma once
/// The route table as an OpenAPI 3.1 document. Built once, any thread.

#include <string>
#include <vector>

#include "gateway/route.hpp"

namespace resalehub {

std::string openapi_document(const std::vector<route>& rows);

/// What any row may answer beside its own refusals: from its access, body, parameters and key.
std::vector<code> refusals_of(const route& row);

}  // namespace resalehub
