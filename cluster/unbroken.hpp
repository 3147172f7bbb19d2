#pragma once
/// For the actors that a node cannot do without: an exception in one of them is a bug, and what it
/// held is lost, so the whole node ends and begins again from its disk.

#include <caf/error.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scheduled_actor.hpp>
#include <exception>
#include <functional>
#include <string>

namespace resalehub {

/// Hears what broke; does not return in production.
using node_broken = std::function<void(const std::string& sentence)>;

inline void break_with(caf::scheduled_actor& actor, node_broken broken) {
  actor.set_exception_handler([&actor, broken = std::move(broken)](std::exception_ptr& what) {
    std::string sentence = std::string(actor.name()) + ": ";
    try {
      std::rethrow_exception(what);
    } catch (const std::exception& why) {
      sentence += why.what();
    } catch (...) {
      sentence += "not an exception";
    }
    broken(sentence);
    return caf::error{caf::exit_reason::unhandled_exception};
  });
}

}  // namespace resalehub
