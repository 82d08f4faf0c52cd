/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Errors of public calls that no other test meets on its way. Started with --privileged; it starts itself with a word.
 *
 *   errors full FOLDER   by the command line
 *   errors poor          without room for handles
 *   errors tight         without room in its region
 *   errors bounded       with room for two ports, and little memory for them
 *   errors names NUMBER  takes names of the realm until its input ends
 *   errors pools         makes pools until its input ends
 */
#include "check.h"
#include "ukernel/protocol/ports.h"

#include <comesg/cocall.h>
#include <comesg/coexec.h>
#include <comesg/comsg.h>
#include <comesg/copool.h>
#include <comesg/coprivileged.h>
#include <comesg/microkernel.h>
#include <comesg/window.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *self;
static const struct timespec no_time = {.tv_nsec = 1000000000};
static void *const nowhere = (void *)8;

/* A thread that serves, and ends when it is asked to. */
struct worker {
    pthread_t thread;
    cotarget_t target;
    _Atomic bool ready;
    _Atomic bool busy; /* it stays in its call while this is set */
    cotarget_t calls;  /* what it calls when it is called */
    int error;         /* what that gave */
    int pid_error;     /* what cogetpid gave for an address that is none */
};

static void *work(void *argument)
{
    struct worker *worker = argument;
    char request = 0;
    need(coregister(NULL, NULL, &worker->target) == 0, "coregister");
    worker->ready = true;
    while (request != 'e') {
        if (coaccept(NULL, &request, 1, &request, 1) < 0)
            continue;
        worker->pid_error = cogetpid(nowhere) ? errno : 0;
        if (worker->calls)
            worker->error = coservice_call(worker->calls, NULL, 0, NULL, 0) < 0 ? errno : 0;
        while (worker->busy)
            usleep(1000);
    }
    return NULL;
}

static void start_worker(struct worker *worker)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 65536);
    need(pthread_create(&worker->thread, &attributes, work, worker) == 0, "a thread");
    while (!worker->ready)
        usleep(100);
}

/* The last call is not answered: the thread has ended. */
static void end_worker(struct worker *worker)
{
    cocall_until(worker->target, "e", 1, NULL, 0, NULL);
    pthread_join(worker->thread, NULL);
}

static void calls(void)
{
    static struct worker workers[COPOOL_WORKERS_MAX + 1];
    cotarget_t targets[COPOOL_WORKERS_MAX];
    pid_t pid;
    char byte;
    for (int i = 0; i <= COPOOL_WORKERS_MAX; i++)
        start_worker(&workers[i]);
    for (int i = 0; i < COPOOL_WORKERS_MAX; i++)
        targets[i] = workers[i].target;
    cotarget_t pool = copool(targets, COPOOL_WORKERS_MAX, COPOOL_FAST), weak = corestrict(pool, CORIGHT_CALL);
    cotarget_t other = workers[COPOOL_WORKERS_MAX].target;
    check(pool && failed(copool_add(pool, other), ENOSPC), "copool_add: ENOSPC beyond 128 workers");
    check(failed(copool_remove(pool, pool), EINVAL), "copool_remove: EINVAL for a pool as worker");
    check(failed(copool_remove(pool, 77), EBADF) && failed(copool_remove(other, targets[0]), EBADF),
          "copool_remove: EBADF");
    check(failed(copool_end(77), EBADF) && failed(copool_end(other), EBADF), "copool_end: EBADF");
    check(refused(copool((cotarget_t[]){77}, 1, COPOOL_FAST), EBADF), "copool: EBADF for a worker");
    end_worker(&workers[0]);
    check(copool_remove(pool, targets[1]) == 0 && failed(copool_add(pool, targets[0]), ENOLINK),
          "copool_add: ENOLINK for a worker that has ended");
    check(copool_end(pool) == 0 && failed(copool_end(pool), ENOLINK), "copool_end: ENOLINK, once it has ended");
    check(failed(copool_add(pool, other), ENOLINK) && failed(copool_remove(pool, other), ENOLINK),
          "copool_add, copool_remove: ENOLINK for a pool that has ended");
    check(failed(cocall(weak, NULL, 0, NULL, 0), ENOLINK), "cocall: ENOLINK then");
    cotarget_t mute = corestrict(copool(&other, 1, COPOOL_FAST), CORIGHT_PROVIDE);
    check(mute && failed(cocall(mute, NULL, 0, NULL, 0), EACCES), "cocall: EACCES without CORIGHT_CALL");
    check(failed(coaccept_oob(NULL, NULL, 0, &byte, 1, NULL, 0, &(struct cocall_information){.size = 1}), EINVAL),
          "coaccept_oob: EINVAL for a size");
    check(cocall(other, "x", 1, NULL, 0) == 0 && workers[COPOOL_WORKERS_MAX].pid_error == EFAULT, "cogetpid: EFAULT");
    check(failed(cogetpid(&pid), ESRCH), "cogetpid: ESRCH");
    for (int i = 1; i <= COPOOL_WORKERS_MAX; i++)
        end_worker(&workers[i]);
}

static void services(conamespace_t root)
{
    static struct worker one, two;
    char bytes[8];
    start_worker(&one);
    start_worker(&two);
    coservice_t service = coprovide(&one.target, 1, COSERVICE_FAST, 1);
    coport_t port = open_coport(COCHANNEL);
    conamespace_t space = cocreate("errors", PRIVATE, root);
    coobject_t object = coinsert("service", COSERVICE, service, space), of_port = coinsert("port", COPORT, port, space);
    need(service && port && object && of_port, "a service with a name");
    cotarget_t foreign;
    need(colookup("coproc", &foreign) == 0, "a thread of somebody else");
    foreign = codup(foreign);
    check(refused(coprovide(&foreign, 1, COSERVICE_FAST, 1), EACCES),
          "coprovide: EACCES for a thread of somebody else");
    check(refused(codiscover(of_port, NULL), EINVAL), "codiscover: EINVAL for an object of another type");
    check(refused(codiscover(corestrict(object, CORIGHT_D), NULL), EACCES), "codiscover: EACCES without CORIGHT_R");
    check(failed(coservice_call(service, nowhere, 8, NULL, 0), EFAULT) &&
              failed(coservice_call(service, NULL, 0, nowhere, 8), EFAULT),
          "coservice_call: EFAULT");
    check(failed(coservice_operation(77, (uint32_t[]){0}), EBADF), "coservice_operation: EBADF");
    one.calls = service;
    check(coservice_call(service, "x", 1, bytes, 1) == 1 && one.error == EDEADLK,
          "coservice_call: EDEADLK where all workers wait for the caller");
    one.calls = 0;
    coservice_t second = coprovide(&two.target, 1, COSERVICE_FAST, 2);
    coobject_t other = coinsert("second", COSERVICE, second, space);
    end_worker(&two);
    check(failed(coservice_call(second, "x", 1, bytes, 1), ENOLINK), "coservice_call: ENOLINK without a worker");
    check(corevoke(second) == 0 && refused(codiscover(other, NULL), ENOLINK), "codiscover: ENOLINK for a revoked one");
    end_worker(&one);
    codrop_recursive(space, root);
}

static void names(conamespace_t root)
{
    conamespace_t space = cocreate("errors", PUBLIC, root), hidden = cocreate("private", PRIVATE, space);
    char longest[CONAME_MAX + 2];
    struct coname listed;
    uint64_t position = 0;
    memset(longest, 'n', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    need(space && hidden && coinsert("object", RESERVATION, 0, space), "names");
    check(refused(cocreate(longest, PUBLIC, space), ENAMETOOLONG), "cocreate: ENAMETOOLONG");
    check(refused(cocreate(NULL, PUBLIC, space), EFAULT) && refused(cocreate(nowhere, PUBLIC, space), EFAULT),
          "cocreate: EFAULT");
    check(refused(coselect(NULL, COPORT, space), EFAULT) && refused(coselect(nowhere, COPORT, space), EFAULT),
          "coselect: EFAULT");
    check(refused(coselect("private/x", COPORT, space), EACCES), "coselect: EACCES for a path through a private one");
    check(refused(coinsert("private/x", RESERVATION, 0, space), EACCES), "coinsert: EACCES, too");
    conamespace_t no_reader = corestrict(space, CORIGHT_OWN & ~CORIGHT_WR);
    check(no_reader && refused(coselect("object", RESERVATION, no_reader), EACCES), "coselect: EACCES without RO");
    check(failed(colist(no_reader, &position, &listed, 1), EACCES), "colist: EACCES without RO");
    check(refused(open_named_coport(longest, COPIPE, space), ENAMETOOLONG) &&
              refused(open_named_coport("none/x", COPIPE, space), ENOENT) &&
              refused(open_named_coport("object/x", COPIPE, space), ENOTDIR) &&
              refused(open_named_coport("x", COPIPE, 0), EBADF) &&
              refused(open_named_coport(NULL, COPIPE, space), EFAULT),
          "open_named_coport: ENAMETOOLONG, ENOENT, ENOTDIR, EBADF, EFAULT");
    codrop_recursive(space, root);
}

static void ports(void)
{
    static pollcoport_t many[4097];
    static char large[20000];
    coport_t port = open_coport(COCARRIER), channel = open_coport(COCHANNEL);
    struct coattachment attachments[COATTACHMENT_MAX];
    struct timespec past = {0};
    void *message;
    for (int i = 0; i < COATTACHMENT_MAX; i++)
        attachments[i] = (struct coattachment){.handle = channel, .descriptor = -1};
    check(failed(copoll(many, 4097, 0), EINVAL) && failed(copoll_nb(many, 4097), EINVAL), "copoll: EINVAL beyond 4096");
    check(failed(cosend_oob(port, large, sizeof large, attachments, COATTACHMENT_MAX), EINVAL) &&
              cosend_oob(port, large, sizeof large, attachments, COATTACHMENT_MAX - 1) == sizeof large &&
              cosend_oob(port, large, 1, attachments, COATTACHMENT_MAX) == 1,
          "cosend_oob: EINVAL for 64 attachments of a long message, not for 63");
    struct coattachment descriptor = {.kind = COHANDLE_DESCRIPTOR, .descriptor = 999};
    check(failed(cosend_oob(port, "x", 1, &descriptor, 1), EBADF), "cosend_oob: EBADF for what is no descriptor");
    check(failed(cosend_oob(port, "x", 1, nowhere, 1), EFAULT), "cosend_oob: EFAULT");
    check(failed(cosend_oob_until(port, "x", 1, NULL, 0, &no_time), EINVAL) &&
              failed(corecv_oob_until(port, &message, 0, NULL, &no_time), EINVAL),
          "cosend_oob_until, corecv_oob_until: EINVAL for no time");
    check(failed(cosend_oob_nb(channel, "x", 1, NULL, 0), EOPNOTSUPP) &&
              failed(cosend_oob_until(channel, "x", 1, NULL, 0, NULL), EOPNOTSUPP) &&
              failed(corecv_oob_nb(channel, &message, 0, NULL), EOPNOTSUPP) &&
              failed(corecv_oob_until(channel, &message, 0, NULL, NULL), EOPNOTSUPP),
          "cosend_oob, corecv_oob: EOPNOTSUPP in all forms");
    while (corecv(port, &message, 0) > 0)
        coport_msg_free(port, message);
    check(failed(corecv_oob(port, &message, 0, NULL), EAGAIN) &&
              failed(corecv_oob_until(port, &message, 0, NULL, &past), ETIMEDOUT),
          "corecv_oob: EAGAIN and ETIMEDOUT");
    for (int i = 0; i <= PORTS_WORDS; i++) /* the last of these has to be freed by a call */
        need(cosend(port, "x", 1) == 1 && corecv(port, &message, 0) == 1, "a message");
    cohandle_close(port);
    check(failed(coport_msg_free(port, message), EBADF) && failed(corecv(port, &message, 0), EBADF) &&
              failed(cosend(port, "x", 1), EBADF),
          "coport_msg_free, corecv, cosend: EBADF for a handle that is closed");
    int held[1024], count = 0, descriptor_of_port = 0;
    while (count < 1024 && (held[count] = open("/dev/null", O_RDONLY)) >= 0)
        count++;
    descriptor_of_port = count < 1024 ? copoll_fd(channel, COPOLL_IN) : -1;
    check(count == 1024 || failed(descriptor_of_port, EMFILE), "copoll_fd: EMFILE");
    while (count > 0)
        close(held[--count]);
}

/* Where a mapping of half a gigabyte finds no place between others. */
static void memory(void)
{
    enum { PIECE = 4096, DISTANCE = 1 << 28 };
    const char *base = (const char *)((uintptr_t)&self & ~(uintptr_t)UINT32_MAX);
    comemory_t object = commap(2 * (size_t)DISTANCE, PROT_READ);
    for (size_t at = DISTANCE; at < UINT32_MAX;
         at += DISTANCE) /* what lies outside of where mappings may be is refused */
        mmap((void *)(base + at), PIECE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    check(object && !comap_attach(object, PROT_READ) && errno == ENOMEM, "comap_attach: ENOMEM without a place");
    check(failed(comap_size(77), EBADF), "comap_size: EBADF");
    cohandle_close(object);
}

static void privileged(cohandle_t handle)
{
    struct codeath record = {.size = sizeof record};
    uint64_t identity;
    cohandle_t deaths = corestrict(handle, CORIGHT_DEATHS), other = coseal(1, 1);
    check(failed(codeath_until(handle, 0, &record, &no_time), EINVAL), "codeath_until: EINVAL for no time");
    check(failed(codeath(other, 0, &record), EBADF), "codeath: EBADF");
    check(failed(coidentify(other, getpid(), &identity), EBADF), "coidentify: EBADF");
    check(coidentify(deaths, getpid(), &identity) == 0, "coidentify: with the right to hear of deaths");
    check(failed(cokill(other, identity), EBADF), "cokill: EBADF");
    uint64_t launcher;
    cotarget_t target;
    check(failed(colauncher(identity, &launcher), EPERM), "colauncher: EPERM for others");
    need(colookup("errors", &target) == 0, "our own thread");
    check(failed(cotarget_identity(target, &launcher), EPERM), "cotarget_identity: EPERM for others");
}

static void starting(const char *folder)
{
    char path[400], longest[300], *const arguments[] = {(char *)self, NULL};
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    snprintf(path, sizeof path, "%s/%s", folder, longest);
    check(failed(coexecve(path, arguments, NULL), ENAMETOOLONG), "coexecve: ENAMETOOLONG");
    snprintf(path, sizeof path, "%s/x", self);
    check(failed(coexecve(path, arguments, NULL), ENOTDIR), "coexecve: ENOTDIR");
    check(failed(coexecvec(self, arguments, NULL, nowhere, 1), EFAULT), "coexecvec: EFAULT for the vector");
    check(failed(coexecvec(self, arguments, NULL, (cohandle_t[]){77}, 1), EBADF), "coexecvec: EBADF");
    check(failed(coexecvec(self, arguments, NULL, NULL, 1025), EINVAL), "coexecvec: EINVAL for 1025 handles");
}

static pid_t start(const char *part, const char *argument, const struct coexec_quota *quotas, size_t n, int input)
{
    char *const arguments[] = {(char *)self, (char *)part, (char *)argument, NULL};
    const struct coexec_descriptor descriptors[] = {{input, 0}, {1, 1}, {2, 2}};
    const struct coexec_options options = {
        .size = sizeof options,
        .flags = COEXEC_DESCRIPTORS,
        .descriptors = descriptors,
        .descriptor_count = 3,
        .quotas = quotas,
        .quota_count = n,
    };
    fflush(stdout);
    pid_t pid = coexecve_with(self, arguments, NULL, &options);
    need(pid > 0, part);
    return pid;
}

/* Runs one, and waits for its end. */
static void run(const char *part, const struct coexec_quota *quotas, size_t n)
{
    static cohandle_t log;
    struct codeath record = {.size = sizeof record};
    log = log ? log : cogetvec()->handles[0];
    while (codeath_nb(log, record.sequence, &record) == 0)
        continue;
    pid_t pid = start(part, NULL, quotas, n, 0);
    do {
        need(codeath(log, record.sequence, &record) == 0, "codeath");
    } while (record.pid != pid);
    check(record.status == 0, part);
}

/* --- without room for handles --- */

static int poor(void)
{
    enum { KEPT = 200 };
    static cohandle_t kept[KEPT];
    static struct worker worker;
    struct coattachment attachment = {.descriptor = -1};
    int count = 0;
    uint64_t position = 0;
    struct coname listed;
    conamespace_t root = coproc_init(), space = cocreate("poor", PRIVATE, root);
    coport_t carrier = open_coport(COCARRIER), unreceived = open_coport(COCARRIER);
    comemory_t memory = commap(1, PROT_READ);
    coobject_t object = coinsert("memory", COMMAP, memory, space);
    coobject_t reservation = coinsert("later", RESERVATION, 0, space);
    coevent_t event = colisten(PROCESS_DEATH, 0);
    need(space && object && reservation && event && carrier && memory && unreceived, "what is used");
    need(cosend(unreceived, "x", 1) == 1, "a message");
    start_worker(&worker);
    coservice_t service = coprovide(&worker.target, 1, COSERVICE_FAST, 1);
    coobject_t of_service = coinsert("service", COSERVICE, service, space);
    need(service && of_service, "a service");
    while (count < KEPT && (kept[count] = codup(root)))
        count++;
    check(count < KEPT && errno == EDQUOT, "codup: EDQUOT without room for handles");
    check(refused(corestrict(root, CORIGHT_RO), EDQUOT), "corestrict: EDQUOT");
    check(refused(coseal(1, 1), EDQUOT), "coseal: EDQUOT");
    check(refused(cowindow(kept, 8, CORIGHT_R, COWINDOW_LASTING), EDQUOT), "cowindow: EDQUOT");
    check(refused(commap(1, PROT_READ), EDQUOT), "commap: EDQUOT");
    check(refused(copool(&worker.target, 1, COPOOL_FAST), EDQUOT), "copool: EDQUOT");
    check(refused(coprovide(&worker.target, 1, COSERVICE_FAST, 1), EDQUOT), "coprovide: EDQUOT");
    check(refused(coprovide2(service, COSERVICE_FAST, 2), EDQUOT), "coprovide2: EDQUOT");
    check(refused(codiscover(of_service, NULL), EDQUOT), "codiscover: EDQUOT");
    check(refused(open_coport(COPIPE), EDQUOT), "open_coport: EDQUOT");
    check(refused(colisten(PROCESS_DEATH, 0), EDQUOT), "colisten: EDQUOT");
    check(refused(ccb_register(worker.target, CCB_FAST), EDQUOT), "ccb_register: EDQUOT");
    check(refused(cocreate("new", PRIVATE, space), EDQUOT), "cocreate: EDQUOT");
    check(refused(coinsert("object", COMMAP, memory, space), EDQUOT), "coinsert: EDQUOT");
    check(refused(coselect("memory", COMMAP, space), EDQUOT), "coselect: EDQUOT");
    check(refused(coobject_subject(object), EDQUOT), "coobject_subject: EDQUOT");
    check(refused(coupdate(reservation, COMMAP, memory), EDQUOT), "coupdate: EDQUOT");
    void *message;
    check(failed(corecv(unreceived, &message, 0), EDQUOT), "corecv: EDQUOT where the arena needs a handle");
    cotarget_t found;
    check(failed(colookup("errors", &found), EDQUOT), "colookup: EDQUOT");
    while (colist(space, &position, &listed, 1) == 1)
        check(strcmp(listed.name, "new") != 0 && strcmp(listed.name, "object") != 0, "what has failed made no name");
    while (count > 0)
        cohandle_close(kept[--count]);
    check(coupdate(reservation, COMMAP, memory) != 0, "and left the reservation what it was");
    check(corecv(unreceived, &message, 0) == 1 && *(char *)message == 'x', "and the message where it was");
    attachment.handle = memory;
    ssize_t sent = 0;
    while (count < KEPT && (sent = cosend_oob(carrier, "x", 1, &attachment, 1)) == 1)
        count++;
    check(failed(sent, EDQUOT), "cosend_oob: EDQUOT for attachments that nobody receives");
    return failures != 0;
}

/* --- without room in the region --- */

static int tight(void)
{
    void *message;
    need(coproc_init() != 0, "coproc_init");
    coport_t port = open_coport_with(
        COCARRIER, &(struct coport_options){.size = sizeof(struct coport_options), .arena_size = 64 << 20});
    comemory_t memory = commap(64 << 20, PROT_READ);
    need(port && memory && cosend(port, "x", 1) == 1, "a message");
    check(!comap_attach(memory, PROT_READ) && errno == EDQUOT, "comap_attach: EDQUOT for the bytes");
    check(failed(corecv(port, &message, 0), EDQUOT), "corecv: EDQUOT where the arena finds no room");
    return failures != 0;
}

/* --- with room for two ports --- */

static int bounded(void)
{
    need(coproc_init() != 0, "coproc_init");
    check(refused(open_coport(COCARRIER), EDQUOT), "open_coport: EDQUOT for the memory of ports");
    check(open_coport(COPIPE) && open_coport(COPIPE) && refused(open_coport(COPIPE), EDQUOT),
          "open_coport: EDQUOT for ports");
    return failures != 0;
}

/* --- what the whole realm has --- */

enum { NAMES_EACH = 64, POOLS_EACH = 64, NAMES_OF_REALM = 16384, POOLS_OF_REALM = 4096 };

static void say_and_stay(const char *what, int count, int error)
{
    char line[64];
    int length = snprintf(line, sizeof line, "%s %d %d\n", what, count, error);
    need(write(3, line, (size_t)length) == length, "telling");
    while (read(0, line, 1) > 0)
        continue;
}

static int take_names(const char *number)
{
    char name[32];
    cotarget_t target;
    int count = 0;
    do
        snprintf(name, sizeof name, "taken-%s-%d", number, count);
    while (coregister(name, NULL, &target) == 0 && ++count < 1000);
    say_and_stay("names", count, errno);
    return 0;
}

static int take_pools(void)
{
    int count = 0;
    while (count < 1000 && copool(NULL, 0, COPOOL_FAST))
        count++;
    say_and_stay("pools", count, errno);
    return 0;
}

/* Starts as many as it takes; each says how far it came and stays. */
static void exhaust(const char *part, int each, int all, int error, const char *whose, const char *what)
{
    int go[2], told[2], total = 0, last_error = 0, own = 0;
    need(pipe(go) == 0 && pipe(told) == 0, "pipes");
    FILE *lines = fdopen(told[0], "r");
    for (int i = 0; last_error != error && i <= all / each + 1; i++) {
        char number[16];
        int count;
        snprintf(number, sizeof number, "%d", i);
        char *const arguments[] = {(char *)self, (char *)part, number, NULL};
        const struct coexec_descriptor descriptors[] = {{go[0], 0}, {1, 1}, {2, 2}, {told[1], 3}};
        const struct coexec_options options = {
            .size = sizeof options, .flags = COEXEC_DESCRIPTORS, .descriptors = descriptors, .descriptor_count = 4};
        need(coexecve_with(self, arguments, NULL, &options) > 0, "starting one more");
        need(lines && fscanf(lines, "%*s %d %d", &count, &last_error) == 2, "what it says");
        own += last_error == EDQUOT && count == each;
        total += count;
    }
    check(own > 0, whose);
    check(last_error == error && total > all / 2 && total <= all, what);
    close(go[1]);
    close(go[0]);
    close(told[1]);
    fclose(lines);
}

int main(int argc, char **argv)
{
    self = argv[0];
    setvbuf(stdout, NULL, _IOLBF, 0);
    const char *part = argc > 1 ? argv[1] : "";
    if (strcmp(part, "poor") == 0)
        return poor();
    if (strcmp(part, "tight") == 0)
        return tight();
    if (strcmp(part, "bounded") == 0)
        return bounded();
    if (strcmp(part, "names") == 0)
        return take_names(argv[2]);
    if (strcmp(part, "pools") == 0)
        return take_pools();
    need(cogetvec()->count == 1 && argc == 3, "errors full FOLDER, privileged");
    conamespace_t root = coproc_init();
    need(root != 0, "coproc_init");
    cotarget_t target;
    need(coregister("errors", NULL, &target) == 0, "a name");
    calls();
    services(root);
    names(root);
    ports();
    privileged(cogetvec()->handles[0]);
    starting(argv[2]);
    memory();
    run("poor", (struct coexec_quota[]){{COQUOTA_HANDLES, 0, 60}}, 1);
    run("tight", (struct coexec_quota[]){{COQUOTA_MEMORY, 0, 32 << 20}}, 1);
    run("bounded", (struct coexec_quota[]){{COQUOTA_PORTS, 0, 2}, {COQUOTA_PORT_MEMORY, 0, 1 << 20}}, 2);
    exhaust("names", NAMES_EACH, NAMES_OF_REALM, ENOSPC, "coregister: EDQUOT beyond 64 names",
            "coregister: ENOSPC beyond the names of a realm");
    exhaust("pools", POOLS_EACH, POOLS_OF_REALM, ENOMEM, "copool: EDQUOT beyond 64 pools",
            "copool: ENOMEM beyond the pools of a realm");
    return failures != 0;
}
