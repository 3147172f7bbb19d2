#include "tests/simulation/kit/watched_kinds.hpp"

#include <array>
#include <utility>

#include "base/check.hpp"

namespace resalehub::simulation {
namespace {

/// `entity_kind::wake` is a plain function: so each kind that is watched has a place, and each
/// place a function of its own.
struct place {
  const entity_kind* inner = nullptr;
  consideration_listener* hears = nullptr;
  entity_kind watched;
};
constexpr std::size_t places_max = 32;
std::array<place, places_max> places;

class watched_entity final : public awake_entity {
 public:
  watched_entity(std::unique_ptr<awake_entity> inner, consideration_listener& hears)
      : inner_(std::move(inner)), hears_(hears) {}

  result<outcome> decide(std::string_view command, const context& ctx) override {
    const auto type = type_in(command);
    hears_.considers(ctx.self, type, stage::before);
    auto made = inner_->decide(command, ctx);
    hears_.considers(ctx.self, type, stage::after);
    return made;
  }
  result<answer> ask(std::string_view query, const context& ctx) const override {
    const auto type = type_in(query);
    hears_.considers(ctx.self, type, stage::before);
    auto said = inner_->ask(query, ctx);
    hears_.considers(ctx.self, type, stage::after);
    return said;
  }
  void fold(std::string_view event) override { inner_->fold(event); }
  void restore(std::string_view snapshot) override { inner_->restore(snapshot); }
  std::string snapshot() const override { return inner_->snapshot(); }

 private:
  std::unique_ptr<awake_entity> inner_;
  consideration_listener& hears_;
};

template <std::size_t Place>
std::unique_ptr<awake_entity> wake() {
  auto& at = places[Place];
  return std::make_unique<watched_entity>(at.inner->wake(), *at.hears);
}

template <std::size_t... Place>
constexpr auto wakers(std::index_sequence<Place...>) {
  return std::array{&wake<Place>...};
}

}  // namespace

watched_kinds::~watched_kinds() {
  for (const auto slot : slots_) places[slot] = {};
}

void watched_kinds::add(const entity_kind& kind) {
  constexpr auto all = wakers(std::make_index_sequence<places_max>{});
  std::size_t free = 0;
  while (free < places_max && places[free].inner != nullptr) ++free;
  check(free < places_max, "there is room for another watched kind");
  places[free] = {&kind, &hears_, {kind.prefix, kind.name, all[free]}};
  slots_.push_back(free);
}

const entity_kind* watched_kinds::find(kind_prefix prefix) const {
  for (const auto slot : slots_)
    if (places[slot].watched.prefix == prefix) return &places[slot].watched;
  return nullptr;
}

/// A packed variant is a map of one entry: 0x81, then its key, a string of up to 255 bytes.
std::string_view type_in(std::string_view bytes) {
  const auto at = [&](std::size_t n) { return static_cast<std::uint8_t>(bytes[n]); };
  if (bytes.size() < 2 || at(0) != 0x81) return {};
  constexpr std::uint8_t short_string = 0xa0, string_8 = 0xd9;
  if ((at(1) & 0xe0) == short_string) return bytes.substr(2, at(1) & 0x1f);
  if (at(1) == string_8 && bytes.size() > 2) return bytes.substr(3, at(2));
  return {};
}

}  // namespace resalehub::simulation
