/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a program sees of itself: arguments, environment, thread-local variables, errno; and what it cannot do, which
 * must fail with an error and never crash. Run with the arguments "one" and "two words".
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"

extern char **environ;

static _Thread_local int initialised = 4711;
static _Thread_local uint64_t cleared[300];
static _Thread_local _Alignas(64) char aligned[64] = "aligned";
static int constructed, finished;

__attribute__((constructor)) static void construct(void)
{
    constructed = initialised;
}

static void test_arguments(int argc, char **argv)
{
    check(argc == 3 && strcmp(argv[1], "one") == 0 && strcmp(argv[2], "two words") == 0 && !argv[3],
          "arguments arrive");
    check(getauxval(AT_PAGESZ) == 4096 && getauxval(AT_PHDR) != 0, "the auxiliary vector is there");
}

static void test_environment(void)
{
    check(setenv("COMESG_TEST", "value", 1) == 0 && strcmp(getenv("COMESG_TEST"), "value") == 0, "setenv and getenv");
    check(unsetenv("COMESG_TEST") == 0 && !getenv("COMESG_TEST"), "unsetenv");
    check(putenv((char *)"COMESG_OTHER=1") == 0 && strcmp(getenv("COMESG_OTHER"), "1") == 0, "putenv");
    check(clearenv() == 0 && !getenv("COMESG_OTHER") && (!environ || !*environ), "clearenv");
}

static void test_thread_local(void)
{
    check(constructed == 4711, "constructors run, with thread-local variables set up");
    check(initialised == 4711 && cleared[0] == 0 && cleared[299] == 0,
          "thread-local variables have their first values");
    check((uintptr_t)aligned % 64 == 0 && strcmp(aligned, "aligned") == 0, "a thread-local variable is aligned");
    cleared[299] = 1;
    check(cleared[299] == 1, "thread-local variables can be written");
}

static void test_errno(void)
{
    errno = 0;
    check(close(-1) == -1 && errno == EBADF, "close(-1) gives EBADF");
    errno = 0;
    check(chdir("/no/such/folder") == -1 && errno == ENOENT, "a missing path gives ENOENT");
    check(strcmp(strerror(ENOENT), "No such file or directory") == 0, "strerror");
}

static void *thread_main(void *argument)
{
    return argument;
}

static void test_thread(void)
{
    pthread_t thread;
    int argument;
    void *result = NULL;
    bool passed = pthread_create(&thread, NULL, thread_main, &argument) == 0 && pthread_join(thread, &result) == 0;

    check(passed && result == &argument, "a thread runs and is joined");
}

static void test_refused(void)
{
    pid_t child;
    char *const arguments[] = {(char *)"/bin/true", NULL};

    errno = 0;
    check(fork() == -1 && errno == ENOSYS, "fork fails with ENOSYS");
    check(posix_spawn(&child, "/bin/true", NULL, NULL, arguments, environ) != 0, "posix_spawn fails");
    check(system("true") == -1, "system fails");
    errno = 0;
    check(execv("/bin/true", arguments) == -1 && errno == ENOSYS, "exec fails with ENOSYS");
    errno = 0;
    check(syscall(600) == -1 && errno == ENOSYS, "an unknown system call gives ENOSYS");
}

/* Locks work although there is one thread only. */
static void test_locks(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_key_t key;

    check(pthread_mutex_lock(&mutex) == 0 && pthread_mutex_trylock(&mutex) == EBUSY &&
              pthread_mutex_unlock(&mutex) == 0,
          "a mutex");
    check(pthread_key_create(&key, NULL) == 0 && pthread_setspecific(key, &key) == 0 &&
              pthread_getspecific(key) == &key,
          "thread-specific data");
    check(pthread_once(&once, construct) == 0, "pthread_once");
}

static void test_identity(void)
{
    struct utsname name;
    char folder[PATH_MAX];

    check(getpid() > 0 && getpid() != getppid(), "getpid and getppid");
    check(getuid() == geteuid(), "user ids");
    check(uname(&name) == 0 && strcmp(name.machine, "x86_64") == 0, "uname");
    check(getcwd(folder, sizeof folder) && folder[0] == '/', "getcwd");
}

static int64_t nanoseconds(clockid_t clock)
{
    struct timespec time;

    if (clock_gettime(clock, &time))
        return -1;
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void test_time(void)
{
    int64_t before = nanoseconds(CLOCK_MONOTONIC);
    struct timespec pause = {0, 2000000};

    check(before > 0 && nanosleep(&pause, NULL) == 0, "nanosleep");
    check(nanoseconds(CLOCK_MONOTONIC) - before >= 2000000, "the clock goes on while sleeping");
    check(time(NULL) > 1600000000, "time");
}

static void test_random(void)
{
    uint64_t numbers[2] = {0, 0};

    check(getentropy(numbers, sizeof numbers) == 0 && numbers[0] != numbers[1], "getentropy");
}

static void finish(void)
{
    finished++;
    if (finished == 2)
        printf("ok %d - atexit functions run\n1..%d\n", checks + 1, checks + 1);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    test_arguments(argc, argv);
    test_thread_local();
    test_errno();
    test_thread();
    test_refused();
    test_locks();
    test_identity();
    test_time();
    test_random();
    test_environment();
    atexit(finish);
    atexit(finish);
    return failures != 0;
}
