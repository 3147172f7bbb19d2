#pragma once
/// MessagePack as JSON for people to read, whatever it holds: no type is known here. Ids are shown
/// as text as far as their bytes tell (of a typed id without its kind), other bytes in hexadecimal
/// digits. Pure; any thread.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace resalehub {

/// Nothing when the bytes are no MessagePack. The values of fields with a name in `hidden` are not
/// shown, however deep they stand.
std::optional<std::string> message_pack_as_json(std::string_view bytes,
                                                std::span<const std::string_view> hidden = {});

/// A packed variant: the alternative's name, and its packed fields. Nothing for other bytes.
std::optional<std::pair<std::string_view, std::string_view>> packed_alternative(
    std::string_view bytes);

}  // namespace resalehub
