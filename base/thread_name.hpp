#pragma once
/// What a thread is called, for `top -H` and debuggers. For the thread itself to say, first of all.

#include <pthread.h>

namespace resalehub {

/// At most 15 characters.
inline void name_thread(const char* name) { pthread_setname_np(pthread_self(), name); }

}  // namespace resalehub
