#pragma once
/// The event loop's types: one io_context and one thread a loop, a session pinned to one of them.
/// Concrete, so that no operation pays for a type-erased executor.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

namespace resalehub {

using loop_executor = boost::asio::io_context::executor_type;

/// A coroutine that runs on one loop; inside, `co_await boost::asio::this_coro::executor` names it.
template <class T>
using task = boost::asio::awaitable<T, loop_executor>;

}  // namespace resalehub
