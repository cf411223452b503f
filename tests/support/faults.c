/* Faults for a program under test, preloaded into it. The environment says what breaks; see faults.rs.
 * Nothing here knows the program. x86-64 and aarch64 Linux with glibc. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define MOST_FILES 4096
#define NANOS 1000000000LL

static const char *write_file, *read_file, *step_file;
static long long write_end = -1, read_end = -1, most = 1 << 30, allocations = -1;
static int write_error, read_error, log_file = -1, fail_rename, fail_sync;
static long long rate = 1, fast = 1LL << 52, step_at = -1, step, begin_wall, begin_steady;
static char writes[MOST_FILES], reads[MOST_FILES];
static long long written, was_read, allocated;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static long long nanos(struct timespec t) { return t.tv_sec * NANOS + t.tv_nsec; }
static struct timespec spec(long long n) {
  struct timespec t = {n / NANOS, n % NANOS};
  return t;
}

static long long number(const char *name, long long otherwise) {
  const char *text = getenv(name);
  return text ? atoll(text) : otherwise;
}

static long long now(clockid_t clock) {
  struct timespec t;
  REAL(clock_gettime)(clock, &t);
  return nanos(t);
}

__attribute__((constructor)) static void begin(void) {
  write_file = getenv("FAULT_WRITE_FILE");
  read_file = getenv("FAULT_READ_FILE");
  write_end = number("FAULT_WRITE_END", -1);
  write_error = number("FAULT_WRITE_ERROR", 0);
  most = number("FAULT_WRITE_MOST", most);
  fail_rename = number("FAULT_RENAME", 0);
  fail_sync = number("FAULT_SYNC", 0);
  read_end = number("FAULT_READ_END", -1);
  read_error = number("FAULT_READ_ERROR", 0);
  allocations = number("FAULT_ALLOCATIONS", -1);
  rate = number("FAULT_CLOCK_RATE", 1);
  fast = number("FAULT_CLOCK_RATE_MILLIS", fast / 1000000) * 1000000;
  step_at = number("FAULT_CLOCK_STEP_AT", -1);
  step = number("FAULT_CLOCK_STEP", 0) * NANOS;
  step_file = getenv("FAULT_CLOCK_STEP_FILE");
  begin_wall = now(CLOCK_REALTIME);
  begin_steady = now(CLOCK_MONOTONIC);
  const char *log = getenv("FAULT_WRITE_LOG");
  if (log)
    log_file = REAL(open)(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

/* Files. */

static int opened(int fd, const char *path) {
  if (fd >= 0 && fd < MOST_FILES) {
    writes[fd] = write_file && strstr(path, write_file);
    reads[fd] = read_file && strstr(path, read_file);
  }
  return fd;
}

#define MODE                             \
  mode_t mode = 0;                       \
  if (flags & (O_CREAT | O_TMPFILE)) {   \
    va_list arguments;                   \
    va_start(arguments, flags);          \
    mode = va_arg(arguments, mode_t);    \
    va_end(arguments);                   \
  }

int open(const char *path, int flags, ...) { MODE return opened(REAL(open)(path, flags, mode), path); }
int open64(const char *path, int flags, ...) { MODE return opened(REAL(open64)(path, flags, mode), path); }
int openat(int at, const char *path, int flags, ...) {
  MODE return opened(REAL(openat)(at, path, flags, mode), path);
}
int openat64(int at, const char *path, int flags, ...) {
  MODE return opened(REAL(openat64)(at, path, flags, mode), path);
}

int close(int fd) {
  if (fd >= 0 && fd < MOST_FILES)
    writes[fd] = reads[fd] = 0;
  return REAL(close)(fd);
}

/* How many of these bytes may be written; -1 for none any more. */
static ssize_t room(int fd, size_t count) {
  if (fd < 0 || fd >= MOST_FILES || !writes[fd])
    return count;
  pthread_mutex_lock(&lock);
  if (log_file >= 0) {
    char line[32];
    int length = snprintf(line, sizeof line, "%zu\n", count);
    if (REAL(write)(log_file, line, length) < 0)
      abort();
  }
  if ((long long)count > most)
    count = most;
  long long left = write_end < 0 ? (long long)count : write_end - written;
  if (left <= 0 && count > 0) {
    pthread_mutex_unlock(&lock);
    errno = write_error;
    return -1;
  }
  if ((long long)count > left)
    count = left;
  written += count;
  pthread_mutex_unlock(&lock);
  return count;
}

ssize_t write(int fd, const void *data, size_t count) {
  ssize_t some = room(fd, count);
  return some < 0 ? -1 : REAL(write)(fd, data, some);
}

ssize_t pwrite64(int fd, const void *data, size_t count, off64_t at) {
  ssize_t some = room(fd, count);
  return some < 0 ? -1 : REAL(pwrite64)(fd, data, some, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (fd < 0 || fd >= MOST_FILES || !writes[fd] || count < 1)
    return REAL(writev)(fd, parts, count);
  return write(fd, parts[0].iov_base, parts[0].iov_len);
}

static int syncs(int fd) {
  if (!fail_sync || fd < 0 || fd >= MOST_FILES || !writes[fd])
    return 1;
  errno = fail_sync;
  return 0;
}
int fsync(int fd) { return syncs(fd) ? REAL(fsync)(fd) : -1; }
int fdatasync(int fd) { return syncs(fd) ? REAL(fdatasync)(fd) : -1; }

static int moves(const char *from) {
  if (!fail_rename || !write_file || !strstr(from, write_file))
    return 1;
  errno = fail_rename;
  return 0;
}
int rename(const char *from, const char *to) { return moves(from) ? REAL(rename)(from, to) : -1; }
int link(const char *from, const char *to) { return moves(from) ? REAL(link)(from, to) : -1; }

ssize_t read(int fd, void *data, size_t count) {
  if (fd >= 0 && fd < MOST_FILES && reads[fd] && read_end >= 0) {
    long long left = read_end - was_read;
    if (left <= 0 && read_error == 0) {
      /* A disk that does not answer. The file tells that it is asked. A signal ends the wait, as it ends that for a network file system. */
      const char *blocked = getenv("FAULT_READ_BLOCKED");
      if (blocked)
        REAL(close)(REAL(open)(blocked, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
      pause();
      return -1;
    }
    if (left <= 0) {
      errno = read_error;
      return -1;
    }
    if ((long long)count > left)
      count = left;
    ssize_t got = REAL(read)(fd, data, count);
    was_read += got > 0 ? got : 0;
    return got;
  }
  return REAL(read)(fd, data, count);
}

/* Memory of FFmpeg and its encoders, which ask for aligned blocks. What the program itself asks for, it gets. */

static int is_library(void *caller) {
  Dl_info about;
  return dladdr(caller, &about) && strstr(about.dli_fname, ".so");
}

int posix_memalign(void **block, size_t alignment, size_t size) {
  if (allocations >= 0 && is_library(__builtin_return_address(0)) &&
      __atomic_add_fetch(&allocated, 1, __ATOMIC_RELAXED) > allocations)
    return ENOMEM;
  return REAL(posix_memalign)(block, alignment, size);
}

/* Clocks: they run `rate` times as fast, for a while or for ever, and the wall clock leaps once. */

static int is_steady(clockid_t clock) {
  return clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_MONOTONIC_COARSE ||
         clock == CLOCK_BOOTTIME;
}
static int is_wall(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE; }

static long long leap(void) {
  static int leapt;
  if (!leapt && step_at >= 0)
    leapt = now(CLOCK_MONOTONIC) - begin_steady > step_at * 1000000;
  if (!leapt && step_file)
    leapt = access(step_file, F_OK) == 0;
  return leapt ? step : 0;
}

static long long stretched(long long time) { return time < fast ? time * rate : fast * rate + time - fast; }
static long long shrunk(long long time) {
  return time < fast * rate ? time / rate : fast + time - fast * rate;
}

static long long faked(clockid_t clock, long long time) {
  if (is_steady(clock))
    return begin_steady + stretched(time - begin_steady);
  if (is_wall(clock))
    return begin_wall + stretched(time - begin_wall) + leap();
  return time;
}

static long long unfaked(clockid_t clock, long long time) {
  if (is_steady(clock))
    return begin_steady + shrunk(time - begin_steady);
  if (is_wall(clock))
    return begin_wall + shrunk(time - leap() - begin_wall);
  return time;
}

/* How fast they run now. */
static long long pace(void) { return now(CLOCK_MONOTONIC) - begin_steady < fast ? rate : 1; }

int clock_gettime(clockid_t clock, struct timespec *t) {
  int failed = REAL(clock_gettime)(clock, t);
  if (!failed)
    *t = spec(faked(clock, nanos(*t)));
  return failed;
}

int gettimeofday(struct timeval *t, void *zone) {
  (void)zone;
  long long time = faked(CLOCK_REALTIME, now(CLOCK_REALTIME));
  t->tv_sec = time / NANOS;
  t->tv_usec = time % NANOS / 1000;
  return 0;
}

time_t time(time_t *t) {
  time_t seconds = faked(CLOCK_REALTIME, now(CLOCK_REALTIME)) / NANOS;
  if (t)
    *t = seconds;
  return seconds;
}

int nanosleep(const struct timespec *how_long, struct timespec *left) {
  struct timespec t = spec(nanos(*how_long) / pace());
  return REAL(nanosleep)(&t, left);
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *when, struct timespec *left) {
  struct timespec t = spec(flags & TIMER_ABSTIME ? unfaked(clock, nanos(*when)) : nanos(*when) / pace());
  return REAL(clock_nanosleep)(clock, flags, &t, left);
}

int usleep(useconds_t micros) {
  struct timespec t = spec(micros * 1000LL);
  return nanosleep(&t, NULL);
}

static int millis(int timeout) { return timeout > 0 ? (timeout + pace() - 1) / pace() : timeout; }
int poll(struct pollfd *files, nfds_t count, int timeout) { return REAL(poll)(files, count, millis(timeout)); }

int select(int count, fd_set *r, fd_set *w, fd_set *e, struct timeval *timeout) {
  struct timeval t;
  if (timeout) {
    long long micros = (timeout->tv_sec * 1000000LL + timeout->tv_usec) / pace();
    t.tv_sec = micros / 1000000;
    t.tv_usec = micros % 1000000;
  }
  return REAL(select)(count, r, w, e, timeout ? &t : NULL);
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *when) {
  struct timespec t = spec(unfaked(CLOCK_REALTIME, nanos(*when)));
  return REAL(pthread_cond_timedwait)(condition, mutex, &t);
}

/* Rust's standard library waits by this. */
long syscall(long number, ...) {
  va_list list;
  va_start(list, number);
  long a[6];
  for (int i = 0; i < 6; i++)
    a[i] = va_arg(list, long);
  va_end(list);
  struct timespec t;
  int operation = number == SYS_futex ? a[1] & FUTEX_CMD_MASK : -1;
  /* Others have no time there. */
  int relative = operation == FUTEX_WAIT, absolute = operation == FUTEX_WAIT_BITSET;
  if ((relative || absolute) && a[3]) {
    long long time = nanos(*(struct timespec *)a[3]);
    clockid_t clock = a[1] & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC;
    t = spec(relative ? time / pace() : unfaked(clock, time));
    a[3] = (long)&t;
  }
  return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
