/*
 * Another time for a program that is told it: loaded before the C library, adds a difference to the wall clock.
 *
 * The difference stands in a file of eight bytes, nanoseconds, which all programs of the shop share and which
 * may change while they run. Running clocks (monotonic) are left alone, so nothing waits longer for it.
 * Takes no lock and allocates nothing: it may be called from anywhere. Development only.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int64_t SECOND_NS = 1000000000;
static const int64_t NOTHING = 0;
static volatile const int64_t *ahead_ns = &NOTHING;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("SHOP_TIME");
  const int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  void *shared = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
  if (shared != MAP_FAILED) ahead_ns = shared;
  close(file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  const int failed = (int)syscall(SYS_clock_gettime, clock, now);
  if (failed || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return failed;
  const int64_t all = (int64_t)now->tv_sec * SECOND_NS + now->tv_nsec + *ahead_ns;
  now->tv_sec = all / SECOND_NS;
  now->tv_nsec = all % SECOND_NS;
  return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  (void)zone;
  struct timespec at;
  const int failed = clock_gettime(CLOCK_REALTIME, &at);
  now->tv_sec = at.tv_sec;
  now->tv_usec = at.tv_nsec / 1000;
  return failed;
}

time_t time(time_t *out) {
  struct timespec at;
  clock_gettime(CLOCK_REALTIME, &at);
  if (out != NULL) *out = at.tv_sec;
  return at.tv_sec;
}
