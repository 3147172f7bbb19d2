#pragma once
/// The listing's table. Included by listing*.cpp only; others read it through drawn().

#include "actors/listing_view.hpp"
#include "actors/machine.hpp"

namespace resalehub::listing {

enum class action {
  create, edit, publish, pause, resume, close, remove, adjust_stock,
  hold, release, convert, run_out, restock
};
BOOST_DESCRIBE_ENUM(action, create, edit, publish, pause, resume, close, remove, adjust_stock, hold,
                    release, convert, run_out, restock)

inline constexpr auto table = machine_of<phase, action>(
    "listing", {{phase::absent, action::create, party::seller, phase::draft},
                {phase::draft, action::edit, party::seller, phase::draft},
                {phase::draft, action::publish, party::seller, phase::published},
                {phase::draft, action::adjust_stock, party::seller, phase::draft},
                {phase::draft, action::remove, party::seller, phase::removed},
                {phase::published, action::edit, party::seller, phase::published},
                {phase::published, action::pause, party::seller, phase::paused},
                {phase::published, action::close, party::seller, phase::closed},
                {phase::published, action::adjust_stock, party::seller, phase::published},
                {phase::published, action::remove, party::seller, phase::removed},
                {phase::published, action::hold, party::process, phase::published},
                {phase::published, action::run_out, party::system, phase::sold_out},
                {phase::sold_out, action::edit, party::seller, phase::sold_out},
                {phase::sold_out, action::pause, party::seller, phase::paused},
                {phase::sold_out, action::close, party::seller, phase::closed},
                {phase::sold_out, action::adjust_stock, party::seller, phase::sold_out},
                {phase::sold_out, action::remove, party::seller, phase::removed},
                {phase::sold_out, action::restock, party::system, phase::published},
                {phase::paused, action::edit, party::seller, phase::paused},
                {phase::paused, action::resume, party::seller, phase::published},
                {phase::paused, action::close, party::seller, phase::closed},
                {phase::paused, action::adjust_stock, party::seller, phase::paused},
                {phase::paused, action::remove, party::seller, phase::removed},
                {phase::closed, action::remove, party::seller, phase::removed},
                // Running checkouts finish, whatever the seller does meanwhile.
                {phase::published, action::release, party::process, phase::published},
                {phase::published, action::convert, party::process, phase::published},
                {phase::paused, action::release, party::process, phase::paused},
                {phase::paused, action::convert, party::process, phase::paused},
                {phase::closed, action::release, party::process, phase::closed},
                {phase::closed, action::convert, party::process, phase::closed},
                {phase::removed, action::release, party::process, phase::removed},
                {phase::removed, action::convert, party::process, phase::removed}});

}  // namespace resalehub::listing
