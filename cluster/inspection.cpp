#include "cluster/inspection.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/message_pack_json.hpp"

namespace resalehub {

BOOST_DESCRIBE_STRUCT(inspected_parts, (), (shown, state, timers))

namespace {

inspected_parts parts_from(std::string_view bytes) {
  inspected_parts parts;
  check(unpack(bytes, parts), "what an entity shows of itself can be read");
  return parts;
}

raw_json readable(std::string_view bytes, const entity_kind& kind) {
  auto text = message_pack_as_json(bytes, kind.hidden);
  return text ? raw_json{*std::move(text)} : raw_json{};
}

/// The events behind `wanted.after` up to the version that is shown.
void add_events(const inspected_place& place, const inspection& wanted, const host_ports& ports,
                inspected& out) {
  const auto& kind = *ports.kinds(place.entity.kind);
  const auto limit = std::min(wanted.events_max, inspected_events_max);
  std::size_t bytes = 0;
  auto next = wanted.after + 1;
  const auto behind = keys::event(place.partition, place.entity, place.version + 1);
  ports.store->scan(
      {family::events, keys::event(place.partition, place.entity, next), behind},
      [&](std::string_view key, std::string_view row) {
        const auto commit = commit_from(row);
        auto version = keys::version_of_event(key) - commit.events.size();
        for (const auto& event : commit.events) {
          if (++version < next) continue;
          if (out.events.size() == limit || bytes > inspected_bytes_max) return false;
          const auto found = packed_alternative(event);
          if (!found) continue;
          const auto by = commit.by.is_nobody() ? std::nullopt : std::optional{commit.by};
          out.events.push_back(
              {version, commit.at, by, std::string{found->first}, readable(found->second, kind)});
          bytes += out.events.back().fields.text.size();
        }
        return true;
      });
  const auto last = out.events.empty() ? wanted.after : out.events.back().version;
  out.more = last < place.version;
}

}  // namespace

std::string encoded(const inspected_parts& parts) { return packed(parts); }

std::string with_timers(std::string_view bytes, const std::vector<stored_timer>& timers) {
  auto parts = parts_from(bytes);
  parts.timers = timers;
  return encoded(parts);
}

result<answer> inspect(const inspected_place& place, std::string_view bytes, std::string_view body,
                       const host_ports& ports) {
  inspection wanted;
  if (!unpack(body, wanted))
    return problem{code::malformed_request, "the inspection cannot be read"};
  const auto& kind = *ports.kinds(place.entity.kind);
  auto parts = parts_from(bytes);
  inspected out{place.entity, std::string{kind.name}, place.version, place.partition, {}, {},
                std::move(parts.timers), {}, false};
  // A kind shows itself as JSON where clients see it; others may say anything.
  if (!parts.shown.empty())
    out.shown.text = from_json<raw_json>(parts.shown) ? std::move(parts.shown)
                                                      : to_json(parts.shown);
  out.state = readable(parts.state, kind);
  if (wanted.events_max > 0) add_events(place, wanted, ports, out);
  return answer{to_json(out), false, place.version, false};
}

}  // namespace resalehub
