/* Preloaded into a node: kills it right behind the n-th write that the disk has confirmed, before
 * anybody learns of it. Built by tests/process/harness/shims.py. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

/* What the test and the node share: a file of KILL_AFTER_SYNC_FILE's name. */
struct fuse {
  _Atomic int64_t left;  /* syncs until the end; zero and less: none is waited for */
  _Atomic int64_t seen;  /* syncs since the test set this to zero */
};

static struct fuse *shared;

__attribute__((constructor)) static void open_fuse(void) {
  const char *name = getenv("KILL_AFTER_SYNC_FILE");
  int file = name ? open(name, O_RDWR | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *there = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (there != MAP_FAILED) shared = there;
}

static int burn(int outcome) {
  if (outcome != 0 || !shared) return outcome;
  atomic_fetch_add(&shared->seen, 1);
  if (atomic_load(&shared->left) > 0 && atomic_fetch_sub(&shared->left, 1) == 1)
    kill(getpid(), SIGKILL);
  return outcome;
}

int fsync(int file) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  return burn(real(file));
}

int fdatasync(int file) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  return burn(real(file));
}

int sync_file_range(int file, off64_t from, off64_t count, unsigned int how) {
  static int (*real)(int, off64_t, off64_t, unsigned int);
  if (!real)
    real = (int (*)(int, off64_t, off64_t, unsigned int))dlsym(RTLD_NEXT, "sync_file_range");
  return burn(real(file, from, count, how));
}
