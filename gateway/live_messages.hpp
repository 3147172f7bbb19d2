#pragma once
/// The texts of the WebSocket protocol: the envelope as it comes, its data by type, and what goes
/// out. Pure, any thread.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "actors/room.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace resalehub {

inline constexpr std::string_view live_subprotocol = "resalehub.v1.json";
inline constexpr std::string_view chat_message_type = "chat.message";

/// What a client sends.
struct live_envelope {
  std::int64_t v = 1;
  std::optional<text<1, 64, text_form::opaque>> id;
  text<1, 64, text_form::opaque> type;
  std::optional<text<1, 100, text_form::opaque>> ch;
  std::optional<raw_json> data;
  std::optional<raw_json> seq, ref, ts;  ///< the envelope is one both ways; these say nothing here
};
BOOST_DESCRIBE_STRUCT(live_envelope, (), (v, id, type, ch, data, seq, ref, ts))

struct hello_body {
  std::optional<std::int64_t> epoch;
  std::optional<text<0, 200>> client;
  std::optional<std::map<std::string, std::int64_t>> last;
};
struct subscribe_body {
  std::optional<std::int64_t> after_seq;
};
struct resume_body {
  std::optional<std::string> session;
  std::map<std::string, std::int64_t> channels;
};
struct no_body {};
BOOST_DESCRIBE_STRUCT(hello_body, (), (epoch, client, last))
BOOST_DESCRIBE_STRUCT(subscribe_body, (), (after_seq))
BOOST_DESCRIBE_STRUCT(resume_body, (), (session, channels))
BOOST_DESCRIBE_STRUCT(no_body, (), ())

/// Refused as a body is, and for another version than 1.
result<live_envelope> read_envelope(std::string_view message);
/// By which a refused message can be named; empty when it has no sound one.
std::string id_in(std::string_view refused_message);
result<hello_body> read_hello(const live_envelope& from);
result<subscribe_body> read_subscribe(const live_envelope& from);
result<resume_body> read_resume(const live_envelope& from);
result<room::post_body> read_post(const live_envelope& from);
result<room::mark_read_body> read_mark(const live_envelope& from);
result<no_body> read_nothing(const live_envelope& from);

/// What the server sends; empty members are left out.
struct live_outgoing {
  std::string_view type;
  std::string_view ref;
  std::string_view channel;
  std::uint64_t sequence = 0;
  std::optional<instant> at;
  std::string_view body = "{}";  ///< JSON
};
std::string live_text(const live_outgoing& what);

/// What an answer names: the message that it is to, and its channel; empty: none.
struct live_place {
  std::string_view ref;
  std::string_view channel;
};

/// The envelope's channel, or nothing.
std::string channel_of(const live_envelope& from);
/// The envelope's id, if the message is well enough to have one.
std::string_view id_of(const live_envelope& from);

}  // namespace resalehub
