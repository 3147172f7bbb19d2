#include "base/bounded.hpp"

#include <catch2/catch.hpp>

using namespace resalehub;

namespace {
bool refused(std::string text, text_form form = text_form::line, std::size_t min = 1,
             std::size_t max = 20) {
  return refusal_of_text(text, min, max, form).has_value();
}
std::string normalised(std::string text, text_form form = text_form::line) {
  const auto why = refusal_of_text(text, 0, 40, form);
  return why ? "refused: " + why->detail : text;
}
}  // namespace

TEST_CASE("a text with nothing to see is refused") {
  CHECK(refused(""));
  CHECK(refused("   "));
  CHECK(refused("\u00A0\u2003"));        // no-break space, em space
  CHECK(refused("\u200B"));              // zero width space
  CHECK(refused("\u200D\u200C\uFEFF"));  // joiners alone
  CHECK(refused("\u3164"));              // a filler that counts as a letter
  CHECK(refused("\u0301"));              // an accent without its letter
  CHECK(refused("\u200B", text_form::line, 0));
}

TEST_CASE("a text that hides or reorders is refused") {
  CHECK(refused("a\u202Eb"));
  CHECK(refused("a\u2066b"));
  CHECK(refused("a\nb"));
  CHECK(refused("a\tb"));
  CHECK(refused("a\x01"));
  CHECK(refused("a\x7F"));
  CHECK(refused("a\u0085"));
  CHECK(refused("a\u2028b"));
  CHECK(refused("a\u2028b", text_form::paragraph));
  CHECK(refused("a\x1B[0m", text_form::paragraph));
  CHECK(refused("a\rb", text_form::paragraph));
  CHECK(refused("a\uFFFF"));
  CHECK(refused(std::string("a\0b", 3)));
  CHECK(refused(std::string("a\0b", 3), text_form::secret));
}

TEST_CASE("what is not UTF-8 is refused in every form") {
  for (const auto form : {text_form::line, text_form::paragraph, text_form::secret}) {
    CHECK(refused("\xC3", form));
    CHECK(refused("\xC0\x80", form));
    CHECK(refused("\xED\xA0\x80", form));  // a surrogate
    CHECK(refused("\xF4\x90\x80\x80", form));
    CHECK(refused("a\xFF", form));
  }
}

TEST_CASE("length is counted in code points after normalisation") {
  CHECK_FALSE(refused(std::string(20, 'a')));
  CHECK(refused(std::string(21, 'a')));
  CHECK(refused(std::string(900'000, 'a'), text_form::paragraph));
  std::string accents;
  for (int i = 0; i < 20; ++i) accents += "a\u0301";
  CHECK_FALSE(refused(accents));
  CHECK(refused(accents + "a"));
  CHECK(refused(accents, text_form::secret));  // passwords are left as they are
  CHECK(refused("ab", text_form::line, 3));
  CHECK_FALSE(refused("  " + std::string(20, 'a') + "  "));
}

TEST_CASE("opaque text is printable ASCII without spaces") {
  CHECK_FALSE(refused("pm_card_visa", text_form::opaque));
  CHECK(refused("pm card", text_form::opaque));
  CHECK(refused("pm\x7F", text_form::opaque));
  CHECK(refused("p\u00E4", text_form::opaque));
  CHECK(refused("", text_form::opaque));
  CHECK(refused(std::string(21, 'x'), text_form::opaque));
}

TEST_CASE("a good text is normalised") {
  CHECK(normalised("a\u0301") == "\u00E1");
  CHECK(normalised(" \u00A0 bicycle ") == "bicycle");
  CHECK(normalised("   ") == "");
  CHECK(normalised("\n a\r\nb\n", text_form::paragraph) == "a\nb");
  CHECK(normalised("  secret ", text_form::secret) == "  secret ");
}

TEST_CASE("joiners inside a word are fine") {
  CHECK_FALSE(refused("\u0645\u06CC\u200C\u062E\u0648"));
  CHECK_FALSE(refused("\U0001F468\u200D\U0001F469"));
}
