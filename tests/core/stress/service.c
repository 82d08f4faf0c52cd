/* SPDX-License-Identifier: BSD-2-Clause
 *
 * service NUMBER SEED: serves until it is killed. Every other service has a recovery entry.
 */
#include "member.h"

static unsigned number;
static struct request request, next;
static struct reply reply, answer;

static void compute(uint64_t microseconds)
{
    for (uint64_t end = nanoseconds() + microseconds * 1000; nanoseconds() < end;)
        for (volatile int i = 0; i < 1000; i++)
            ;
}

static void wait_in_place(void)
{
    static uint32_t never;
    struct timespec time = {0, (long)any(1000000)};
    if (syscall(SYS_futex, &never, 0, 0, &time, NULL, 0) != -1 || errno != ETIMEDOUT)
        say("WRONG: service %u: a wait in place gave errno %d\n", number, errno);
}

static void use_memory(void)
{
    char *pages = mmap(NULL, 3L * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) {
        say("WRONG: service %u: mmap gave errno %d\n", number, errno);
        return;
    }
    bool zero = pages[0] == 0 && pages[2 * PAGE] == 0;
    memset(pages, (int)number, 3L * PAGE);
    if (!zero || munmap(pages, 3L * PAGE))
        say("WRONG: service %u: memory is not fresh, or munmap gave errno %d\n", number, errno);
}

static void work(void)
{
    switch (request.work) {
    case WORK_COMPUTE:
        compute(any(50));
        break;
    case WORK_LINGER:
        compute(any(3000));
        break;
    case WORK_HOME:
        check_identity();
        break;
    case WORK_SLEEP:
        nanosleep(&(struct timespec){0, (long)any(1000000)}, NULL);
        break;
    case WORK_WAIT:
        wait_in_place();
        break;
    case WORK_MEMORY:
        use_memory();
        break;
    }
}

/* Services call only those of higher number: no cycle, so nobody ever waits for himself. */
static void call_on(void)
{
    if (request.hops == 0 || number + 1 >= SERVICES)
        return;
    unsigned callee = number + 1 + (unsigned)any(SERVICES - number - 1);
    enum kind kind = request.patience ? (any(2) ? CALL_UNTIL : CALL_SLOW_UNTIL) : (enum kind)any(CALL_KINDS);
    uint64_t deadline = nanoseconds() + (request.patience ? request.patience : 2000) * 1000;
    memcpy(&next, &request, HEADER(request) + request.length);
    next.nonce = random_next(&random_state);
    next.pid = getpid();
    next.hops--;
    ssize_t result = call_kind(kind, callee, &next, HEADER(request) + next.length, &answer, sizeof answer, deadline);
    if (result < 0 && !may_fail(kind, errno, deadline))
        say("WRONG: service %u: a call of %u, kind %d, gave errno %d\n", number, callee, kind, errno);
    if (result >= 0 && answer.seal != seal_of(&next))
        say("WRONG: service %u: the answer of %u, kind %d, is another's\n", number, callee, kind);
}

/* Every third service takes what comes with a request. */
static struct coattachment received[2];
static struct cocall_information information = {.size = sizeof information,
                                                .attachments = {.array = received, .capacity = 2}};

static ssize_t accept_next(size_t length)
{
    if (number % 3 == 2)
        return coaccept_oob(NULL, &reply, length, &request, sizeof request, NULL, 0, &information);
    return coaccept(NULL, &reply, length, &request, sizeof request);
}

static ssize_t read_window(cohandle_t window, uint64_t *word)
{
    return cocopy(COCOPY_OWN, (uintptr_t)word, window, 0, sizeof *word);
}

static ssize_t read_memory(cohandle_t object, uint64_t *word)
{
    uint64_t *memory = comap_attach(object, PROT_READ);
    if (!memory)
        return -1;
    *word = *memory;
    if (comap_detach(memory))
        say("WRONG: service %u: detaching memory gave errno %d\n", number, errno);
    return sizeof *word;
}

/* The caller waits, so window and memory show what it has sent; unless it has died. */
static void look_at_attachment(void)
{
    if (number % 3 != 2 || information.attachments.count == 0)
        return;
    uint64_t nonce = 0;
    cohandle_t handle = received[0].handle;
    bool window = cohandle_kind(handle) == COHANDLE_WINDOW;
    ssize_t result = window ? read_window(handle, &nonce) : read_memory(handle, &nonce);
    if (result < 0 ? errno != EBADF : nonce != request.nonce)
        say("WRONG: service %u: what was attached gave %zd, errno %d\n", number, result, errno);
    if (cohandle_close(handle) && errno != EBADF)
        say("WRONG: service %u: closing a handle gave errno %d\n", number, errno);
    information.attachments.count = 0;
}

static ssize_t serve_one(void)
{
    pid_t pid = 0;
    if (cogetpid(&pid) || pid != request.pid)
        say("WRONG: service %u: the caller says that it is %d and is %d\n", number, request.pid, pid);
    look_at_attachment();
    work();
    call_on();
    reply.seal = seal_of(&request);
    reply.length = request.length;
    for (uint32_t i = 0; i < request.length; i++)
        reply.payload[i] = answer_byte(&request, i);
    return accept_next(HEADER(reply) + reply.length);
}

static _Noreturn void serve(void)
{
    ssize_t length = accept_next(0);
    for (;;) {
        if (length < (ssize_t)HEADER(request) || length != (ssize_t)(HEADER(request) + request.length)) {
            say("WRONG: service %u: a request of %zd bytes, errno %d\n", number, length, errno);
            _exit(1);
        }
        length = serve_one();
    }
}

static _Noreturn void recover(int error)
{
    if (error != EOWNERDEAD)
        say("WRONG: service %u: recovery with %d\n", number, error);
    serve();
}

int main(int argc, char **argv)
{
    char name[16];
    cotarget_t target;
    number = argc > 2 ? (unsigned)atoi(argv[1]) : 0;
    random_state = argc > 2 ? (uint64_t)atoll(argv[2]) : 0;
    snprintf(name, sizeof name, "service-%u", number);
    take_identity();
    for (int attempt = 0; coregister(name, number % 2 ? recover : NULL, &target); attempt++) {
        if (errno != EEXIST || attempt == 5000) { /* its predecessor may still be going */
            say("WRONG: service %u: coregister gave errno %d\n", number, errno);
            return 1;
        }
        pause_milliseconds(1);
    }
    serve();
}
