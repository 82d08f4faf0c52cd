/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What POSIX promises of threads, inside one co-process. "main-exits" and "limit" are separate runs.
 */
#include "support.h"

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

enum { MANY = 50, ROUNDS = 400 };

static pthread_t threads[MANY];

static bool start(pthread_t *thread, void *(*function)(void *), void *argument)
{
    int error = pthread_create(thread, NULL, function, argument);
    if (error)
        printf("# pthread_create: %s\n", strerror(error));
    return error == 0;
}

static bool start_many(void *(*function)(void *))
{
    bool good = true;
    for (intptr_t i = 0; i < MANY; i++)
        good &= start(&threads[i], function, (void *)i);
    return good;
}

static bool join_many(void)
{
    bool good = true;
    for (int i = 0; i < MANY; i++)
        good &= pthread_join(threads[i], NULL) == 0;
    return good;
}

static void *same(void *argument)
{
    return argument;
}

static void test_in_turn(int count)
{
    int wrong = 0;
    for (intptr_t i = 0; i < count; i++) {
        pthread_t thread;
        void *result = NULL;
        if (!start(&thread, same, (void *)i) || pthread_join(thread, &result) || result != (void *)i)
            wrong++;
    }
    ok(wrong == 0, "%d threads in turn (%d wrong)", count, wrong);
}

static void test_detached(void)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    int created = 0;
    for (int i = 0; i < 1000; i++) {
        pthread_t thread;
        int error, attempts = 0;
        while ((error = pthread_create(&thread, &attributes, same, NULL)) == EAGAIN && attempts++ < 1000)
            pause_milliseconds(1);
        created += !error;
    }
    ok(created == 1000, "1000 detached threads");
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long counter;

static void *count_up(void *argument)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&mutex);
        long value = counter;
        if (i % 64 == 0)
            sched_yield();
        counter = value + 1;
        pthread_mutex_unlock(&mutex);
    }
    return argument;
}

static void test_mutex(void)
{
    counter = 0;
    bool good = start_many(count_up);
    good &= join_many();
    ok(good && counter == (long)MANY * ROUNDS, "a mutex: %d threads count to %ld", MANY, counter);
}

static void *lock_three_ways(void *argument)
{
    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 20000000;
    soon.tv_sec += soon.tv_nsec / 1000000000;
    soon.tv_nsec %= 1000000000;
    pthread_mutex_t *locked = argument;
    return (void *)(intptr_t)(pthread_mutex_trylock(locked) == EBUSY &&
                              pthread_mutex_timedlock(locked, &soon) == ETIMEDOUT &&
                              pthread_mutex_unlock(locked) == EPERM);
}

static void test_mutex_kinds(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t recursive, checked;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&recursive, &attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&checked, &attributes);
    ok(pthread_mutex_lock(&recursive) == 0 && pthread_mutex_lock(&recursive) == 0 &&
           pthread_mutex_unlock(&recursive) == 0 && pthread_mutex_unlock(&recursive) == 0 &&
           pthread_mutex_unlock(&recursive) == EPERM,
       "a recursive mutex");
    pthread_t thread;
    void *result = NULL;
    ok(pthread_mutex_lock(&checked) == 0 && pthread_mutex_lock(&checked) == EDEADLK, "a mutex that checks errors");
    ok(start(&thread, lock_three_ways, &checked) && pthread_join(thread, &result) == 0 && result,
       "others find it locked, wait in vain, and may not unlock it");
}

static void *die_with_mutex(void *argument)
{
    pthread_mutex_lock(argument);
    return NULL;
}

static void test_robust_mutex(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t robust;
    pthread_t thread;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&robust, &attributes);
    start(&thread, die_with_mutex, &robust);
    pthread_join(thread, NULL);
    ok(pthread_mutex_lock(&robust) == EOWNERDEAD && pthread_mutex_consistent(&robust) == 0 &&
           pthread_mutex_unlock(&robust) == 0 && pthread_mutex_lock(&robust) == 0,
       "a robust mutex outlives its owner");
}

/* A queue of one place. */
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER, emptied = PTHREAD_COND_INITIALIZER;
static int place;
static long consumed;

static void *produce_or_consume(void *argument)
{
    bool producer = (intptr_t)argument % 2;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&mutex);
        while (producer ? place != 0 : place == 0)
            pthread_cond_wait(producer ? &emptied : &filled, &mutex);
        if (!producer)
            consumed += place;
        place = producer;
        if (i % 2)
            pthread_cond_signal(producer ? &filled : &emptied);
        else
            pthread_cond_broadcast(producer ? &filled : &emptied);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

static void test_conditions(void)
{
    bool good = start_many(produce_or_consume);
    good &= join_many();
    ok(good && consumed == (long)MANY / 2 * ROUNDS, "condition variables: %ld pieces", consumed);
    struct timespec past = {1, 0};
    pthread_mutex_lock(&mutex);
    ok(pthread_cond_timedwait(&filled, &mutex, &past) == ETIMEDOUT, "a wait whose time is over");
    pthread_mutex_unlock(&mutex);
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static long pair[2], torn;

static void *read_or_write(void *argument)
{
    for (int i = 0; i < ROUNDS; i++) {
        if ((intptr_t)argument % 8 == 0) {
            pthread_rwlock_wrlock(&rwlock);
            pair[0]++;
            if (i % 16 == 0)
                sched_yield();
            pair[1]++;
        } else {
            pthread_rwlock_rdlock(&rwlock);
            if (pair[0] != pair[1])
                torn++;
        }
        pthread_rwlock_unlock(&rwlock);
    }
    return NULL;
}

static pthread_barrier_t barrier;
static int before, early;

static void *meet(void *argument)
{
    (void)argument;
    for (int i = 1; i <= 20; i++) {
        __atomic_fetch_add(&before, 1, __ATOMIC_SEQ_CST);
        pthread_barrier_wait(&barrier);
        if (__atomic_load_n(&before, __ATOMIC_SEQ_CST) < i * MANY)
            early = 1;
        pthread_barrier_wait(&barrier);
    }
    return NULL;
}

static sem_t items;
static int inside, most;

static void *enter(void *argument)
{
    (void)argument;
    for (int i = 0; i < 100; i++) {
        sem_wait(&items);
        int now = __atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST);
        if (now > 3)
            most = now;
        if (i % 10 == 0)
            sched_yield();
        __atomic_fetch_sub(&inside, 1, __ATOMIC_SEQ_CST);
        sem_post(&items);
    }
    return NULL;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int once_count;

static void count_once(void)
{
    pause_milliseconds(1);
    once_count++;
}

static __thread int own = 42;
static pthread_key_t key;
static int destroyed, mixed;

static void destroy(void *value)
{
    (void)value;
    __atomic_fetch_add(&destroyed, 1, __ATOMIC_SEQ_CST);
}

static void *use_own(void *argument)
{
    pthread_once(&once, count_once);
    if (own != 42)
        mixed = 1;
    own = (int)(intptr_t)argument;
    pthread_setspecific(key, &own);
    sched_yield();
    if (own != (int)(intptr_t)argument || pthread_getspecific(key) != &own)
        mixed = 1;
    return NULL;
}

static void test_others(void)
{
    bool good = start_many(read_or_write);
    ok(join_many() && good && torn == 0 && pair[0] == (MANY + 7) / 8 * ROUNDS, "a readers-writer lock");
    pthread_barrier_init(&barrier, NULL, MANY);
    good = start_many(meet);
    ok(join_many() && good && !early, "a barrier");
    sem_init(&items, 0, 3);
    good = start_many(enter);
    ok(join_many() && good && most == 0 && inside == 0, "a semaphore admits three");
    pthread_key_create(&key, destroy);
    good = start_many(use_own);
    ok(join_many() && good && !mixed && own == 42, "each thread has its own variables");
    ok(destroyed == MANY && once_count == 1, "destructors run for each, pthread_once once");
}

static void *allocate(void *argument)
{
    unsigned random = (unsigned)(intptr_t)argument;
    unsigned char *blocks[16] = {0};
    size_t sizes[16] = {0};
    intptr_t wrong = 0;
    for (int i = 0; i < 2000; i++) {
        random = random * 1103515245 + 12345;
        unsigned b = random >> 16 & 15;
        for (size_t j = 0; j < sizes[b]; j += 64)
            wrong += blocks[b][j] != (unsigned char)(b + (uintptr_t)argument);
        free(blocks[b]);
        sizes[b] = random >> 8 & (i % 50 ? 2047 : 262143);
        blocks[b] = malloc(sizes[b] + 1);
        if (blocks[b])
            memset(blocks[b], (int)(b + (uintptr_t)argument), sizes[b]);
        else
            wrong++;
    }
    for (int b = 0; b < 16; b++)
        free(blocks[b]);
    __atomic_fetch_add(&mixed, (int)wrong, __ATOMIC_SEQ_CST);
    return NULL;
}

static void test_malloc(void)
{
    mixed = 0;
    bool good = start_many(allocate);
    good &= join_many();
    ok(good && mixed == 0, "malloc and free in all threads (%d wrong)", mixed);
}

static int pipe_ends[2];
static volatile int cleaned, reached, past;
static sem_t never;
static pthread_cond_t silent = PTHREAD_COND_INITIALIZER;

static void clean(void *argument)
{
    (void)argument;
    cleaned++;
}

static void unlock(void *argument)
{
    pthread_mutex_unlock(argument);
}

static void wait_in(int how)
{
    char byte;
    struct pollfd poll_one = {pipe_ends[0], POLLIN, 0};
    struct timespec ever = {1000, 0};
    switch (how) {
    case 0:
        byte = (char)read(pipe_ends[0], &byte, 1);
        break;
    case 1:
        nanosleep(&ever, NULL);
        break;
    case 2:
        poll(&poll_one, 1, -1);
        break;
    case 3:
        sem_wait(&never);
        break;
    case 4:
        pthread_mutex_lock(&mutex);
        pthread_cleanup_push(unlock, &mutex);
        for (;;)
            pthread_cond_wait(&silent, &mutex);
        pthread_cleanup_pop(1);
        break;
    case 5:
        for (;;)
            pthread_testcancel();
    }
}

static void *wait_for_cancel(void *argument)
{
    pthread_cleanup_push(clean, NULL);
    reached = 1;
    wait_in((int)(intptr_t)argument);
    past = 1;
    pthread_cleanup_pop(0);
    return NULL;
}

static bool cancel_in(int how, int spins)
{
    pthread_t thread;
    void *result = NULL;
    reached = past = cleaned = 0;
    if (!start(&thread, wait_for_cancel, (void *)(intptr_t)how))
        return false;
    while (spins >= 0 && !reached)
        sched_yield();
    for (volatile int i = 0; i < spins; i++)
        ;
    return pthread_cancel(thread) == 0 && pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED && !past &&
           (cleaned == 1 || spins < 0);
}

static void *disable(void *argument)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    reached = 1;
    while (!past)
        pause_milliseconds(1);
    ssize_t length = write(pipe_ends[1], "x", 1);
    char byte;
    length += read(pipe_ends[0], &byte, 1);
    cleaned = length == 2;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pause_milliseconds(1);
    cleaned = 0;
    return argument;
}

static void test_cancel(void)
{
    static const char *const names[] = {"read",     "nanosleep",         "poll",
                                        "sem_wait", "pthread_cond_wait", "pthread_testcancel"};
    need(pipe(pipe_ends) == 0 && sem_init(&never, 0, 0) == 0, "pipe");
    for (int how = 0; how < 6; how++) {
        int good = 0, spins = 0;
        for (int i = 0; i < 150; i++, spins += 37)
            good += cancel_in(how, i % 10 == 9 ? 300000 : spins);
        ok(good == 150, "cancelled in %s, at many moments (%d of 150)", names[how], good);
    }
    int good = 0;
    for (int i = 0; i < 100; i++)
        good += cancel_in(i % 5, -1);
    ok(good == 100, "cancelled before it runs");
    ok(pthread_mutex_lock(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0, "the mutex was given back");
    pthread_t thread;
    void *result = NULL;
    reached = past = cleaned = 0;
    start(&thread, disable, NULL);
    while (!reached)
        sched_yield();
    pthread_cancel(thread);
    past = 1;
    ok(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED && cleaned == 1,
       "a cancellation waits while it is disabled, and calls go on");
}

static void test_attributes(void)
{
    pthread_attr_t attributes;
    void *address;
    size_t size;
    ok(pthread_getattr_np(pthread_self(), &attributes) == 0 &&
           pthread_attr_getstack(&attributes, &address, &size) == 0 && (char *)&size > (char *)address &&
           (char *)&size < (char *)address + size,
       "the first thread's stack is known");
    ok(pthread_kill(pthread_self(), 0) == 0, "a thread may look whether a thread is there");
    pthread_attr_init(&attributes);
    ok(pthread_attr_setstacksize(&attributes, 1 << 20) == 0 &&
           pthread_create(&threads[0], &attributes, same, NULL) == 0 && pthread_join(threads[0], NULL) == 0,
       "a stack of a chosen size");
}

static sem_t gate;

static void *wait_at_gate(void *argument)
{
    sem_wait(&gate);
    return argument;
}

/* As many threads as there may be, then one more; twice. */
static void test_limit(void)
{
    enum { LIMIT = 256 };
    static pthread_t all[LIMIT];
    sem_init(&gate, 0, 0);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN > 16384 ? PTHREAD_STACK_MIN : 16384);
    for (int round = 0; round < 2; round++) {
        int count = 0, error = 0;
        while (count < LIMIT && !(error = pthread_create(&all[count], &attributes, wait_at_gate, NULL)))
            count++;
        ok(count == LIMIT - 1 && error == EAGAIN, "%d threads beside the first, then EAGAIN (%d)", count, error);
        for (int i = 0; i < count; i++)
            sem_post(&gate);
        int joined = 0;
        for (int i = 0; i < count; i++)
            joined += pthread_join(all[i], NULL) == 0;
        ok(joined == count, "all end");
    }
}

static void *end_last(void *argument)
{
    pause_milliseconds(50);
    printf("the last thread\n");
    return argument;
}

static void *wait_and_fault(void *argument)
{
    pause_milliseconds(50);
    return *(void **)argument;
}

/* Stays until its input ends. */
static void stay(void)
{
    char byte;
    printf("ready\n");
    fflush(stdout);
    while (read(0, &byte, 1) > 0 && byte != '\n')
        ;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "main-exits") == 0 || strcmp(what, "fault") == 0) {
        start(&threads[0], *what == 'f' ? wait_and_fault : end_last, (void *)0x4000);
        pthread_exit(NULL);
    }
    if (strcmp(what, "leaks") == 0) {
        test_in_turn(300);
        stay();
        test_in_turn(3000);
        test_detached();
        pause_milliseconds(20);
        stay();
        return done_testing();
    }
    if (strcmp(what, "limit") == 0) {
        test_limit();
        return done_testing();
    }
    test_in_turn(500);
    test_mutex();
    test_mutex_kinds();
    test_robust_mutex();
    test_conditions();
    test_others();
    test_malloc();
    test_attributes();
    test_cancel();
    return done_testing();
}
