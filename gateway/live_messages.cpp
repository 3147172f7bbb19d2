#include "gateway/live_messages.hpp"

namespace resalehub {
namespace {

template <class Body>
result<Body> read_data(const live_envelope& from) {
  auto read = from_json<Body>(from.data ? std::string_view{from.data->text} : "{}");
  if (read) return read;
  auto why = std::move(read).problem();
  for (auto& one : why.errors) one.pointer.insert(0, "/data");  // where it stands in the message
  return why;
}

void write_member(std::string& out, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  out += ",\"";
  out += name;
  out += "\":";
  write_json(out, std::string{text});
}

}  // namespace

result<live_envelope> read_envelope(std::string_view message) {
  auto out = from_json<live_envelope>(message);
  if (out && out->v != 1)
    return field_refused("/v", code::validation_failed, "The version of the protocol is 1.");
  return out;
}

std::string id_in(std::string_view refused_message) {
  const auto members = from_json<std::map<std::string, raw_json>>(refused_message);
  if (!members || !members->contains("id")) return {};
  const auto id = from_json<text<1, 64, text_form::opaque>>(members->at("id").text);
  return id ? id->value : std::string{};
}

result<hello_body> read_hello(const live_envelope& from) { return read_data<hello_body>(from); }
result<subscribe_body> read_subscribe(const live_envelope& from) {
  return read_data<subscribe_body>(from);
}
result<resume_body> read_resume(const live_envelope& from) {
  return read_data<resume_body>(from);
}
result<room::post_body> read_post(const live_envelope& from) {
  return read_data<room::post_body>(from);
}
result<room::mark_read_body> read_mark(const live_envelope& from) {
  return read_data<room::mark_read_body>(from);
}
result<no_body> read_nothing(const live_envelope& from) { return read_data<no_body>(from); }

std::string live_text(const live_outgoing& what) {
  std::string out = R"({"v":1)";
  write_member(out, "type", what.type);
  write_member(out, "ref", what.ref);
  write_member(out, "ch", what.channel);
  if (what.sequence > 0) out += R"(,"seq":)" + std::to_string(what.sequence);
  if (what.at) write_member(out, "ts", to_rfc3339(*what.at));
  out += R"(,"data":)";
  out += what.body;
  out += '}';
  return out;
}

std::string channel_of(const live_envelope& from) { return from.ch ? from.ch->value : ""; }

std::string_view id_of(const live_envelope& from) {
  return from.id ? std::string_view{from.id->value} : std::string_view{};
}

}  // namespace resalehub
