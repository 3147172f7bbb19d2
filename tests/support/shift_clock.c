/* Preloaded into a node: its wall clock goes ahead by what the test writes into a shared file, so
 * that tokens and cursors expire without waiting. Built by tests/process/harness/shims.py. */

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static _Atomic int64_t *ahead_s; /* in the file of SHIFT_CLOCK_FILE's name */

__attribute__((constructor)) static void open_shift(void) {
  const char *name = getenv("SHIFT_CLOCK_FILE");
  int file = name ? open(name, O_RDWR | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *there = mmap(NULL, sizeof *ahead_s, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (there != MAP_FAILED) ahead_s = there;
}

int clock_gettime(clockid_t which, struct timespec *now) {
  int outcome = (int)syscall(SYS_clock_gettime, which, now);
  if (outcome == 0 && ahead_s && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
    now->tv_sec += atomic_load(ahead_s);
  return outcome;
}
