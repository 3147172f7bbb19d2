#pragma once
/// W3C trace context: by its trace id one request is followed from the gateway to the entities that
/// it asks, on whichever nodes. Pure; any thread.
/// https://www.w3.org/TR/trace-context/

#include <string>
#include <string_view>

namespace resalehub {

/// Version, trace id, span id and flags in lower-case hexadecimal digits; of a later version there
/// may be more behind.
bool is_traceparent(std::string_view text);

/// Of a request that is named by 32 hexadecimal digits: a span of its own within the client's
/// trace, or, when what the client sent is none, within the trace that is called like the request.
std::string traceparent_of(std::string_view sent, std::string_view request_id);

/// Empty for what is no traceparent.
std::string_view trace_id_of(std::string_view traceparent);
std::string_view span_id_of(std::string_view traceparent);

}  // namespace resalehub
