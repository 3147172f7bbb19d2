#pragma once
/// The payment port of a node without a real provider: passes each call on to the sandbox's own
/// entity, which remembers every charge for ever. Made by serve.cpp before the node serves.

#include <memory>

#include "cluster/request.hpp"

namespace resalehub {

/// `asker` must outlive it.
std::unique_ptr<outside_port> make_sandbox_payment_port(entity_asker& asker);

}  // namespace resalehub
