/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Clients that change names all the time and compare with what they know, until they are told to stop: while the
 * service or other clients are killed. `load TAG` works in a namespace of its own; `control N VICTIM...` waits for the
 * end of its standard input, stops the N that are left, and waits until the names of the victims are gone.
 */
#include "check.h"

#include <comesg/commap.h>
#include <comesg/conamespace.h>

#include <sched.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 24, LIMIT_SECONDS = 40 };

static conamespace_t root, ours;
static unsigned long operations, losses, mismatches;
static time_t started;

/* What is known of a name. */
static struct slot {
    enum { NONE, RESERVED, FILLED, SPACE } what;
    cohandle_t handle;
    comemory_t subject;
} slots[SLOTS];

static const char *name_of(unsigned number)
{
    static char name[16];
    snprintf(name, sizeof name, "n%u", number);
    return name;
}

static time_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

/* The service is away: what was asked for may have been done or not. */
static bool is_loss(void)
{
    if (errno != ENOLINK && errno != EBUSY)
        return false;
    losses++;
    need(now() - started < LIMIT_SECONDS, "the service comes back");
    usleep(1000);
    return true;
}

static void wrong(const char *what)
{
    printf("# %s: %s\n", what, strerror(errno));
    fflush(stdout);
    mismatches++;
}

static coobject_t find(const char *name, int type, conamespace_t ns)
{
    coobject_t object;
    while (!(object = coselect(name, type, ns)) && is_loss())
        ;
    return object;
}

static void forget(struct slot *slot)
{
    if (slot->handle)
        cohandle_close(slot->handle);
    *slot = (struct slot){.subject = slot->subject};
}

/* Looks what a name is, after its change has got lost. */
static void look(unsigned number)
{
    struct slot *slot = &slots[number];
    forget(slot);
    if ((slot->handle = find(name_of(number), RESERVATION, ours))) {
        slot->what = RESERVED;
    } else if ((slot->handle = find(name_of(number), COMMAP, ours))) {
        slot->what = FILLED;
    } else {
        /* A namespace can only be opened, which would make it; so it is made, and dropped or kept. */
        slot->what = NONE;
        while (!(slot->handle = cocreate(name_of(number), PUBLIC, ours)) && is_loss())
            ;
        if (!slot->handle)
            wrong("a name is nothing and cannot be made");
        else
            slot->what = SPACE;
    }
}

/* The change succeeds, or is lost; if it is refused, that is wrong. */
static void changed(bool done, unsigned number, const char *what)
{
    if (done)
        return;
    if (!is_loss())
        wrong(what);
    look(number);
}

static void insert(unsigned number)
{
    struct slot *slot = &slots[number];
    int type = number % 2 ? COMMAP : RESERVATION;
    slot->handle = coinsert(name_of(number), type, slot->subject, ours);
    slot->what = type == COMMAP ? FILLED : RESERVED;
    changed(slot->handle != 0, number, "insert");
}

static void make_space(unsigned number)
{
    struct slot *slot = &slots[number];
    slot->handle = cocreate(name_of(number), PUBLIC, ours);
    slot->what = SPACE;
    changed(slot->handle != 0, number, "create");
}

static void fill(unsigned number)
{
    struct slot *slot = &slots[number];
    coobject_t object = coupdate(slot->handle, COMMAP, slot->subject);
    if (object) {
        slot->handle = object;
        slot->what = FILLED;
    }
    changed(object != 0, number, "update");
}

/* A namespace that was found by opening it has not the right to be dropped: then it stays. */
static void take_away(unsigned number)
{
    struct slot *slot = &slots[number];
    bool done = slot->what == SPACE ? codrop(slot->handle, ours) == 0 : codelete(slot->handle, ours) == 0;
    if (!done && errno == EACCES && slot->what == SPACE)
        return;
    if (done)
        forget(slot);
    changed(done, number, "delete");
}

/* The subject is the slot's own memory. */
static void use(unsigned number)
{
    comemory_t subject = coobject_subject(slots[number].handle);
    if (!subject) {
        changed(false, number, "subject");
        return;
    }
    const unsigned *there = comap_attach(subject, PROT_READ);
    if (!there || *there != number)
        wrong("another subject");
    if (there)
        comap_detach((void *)there);
    cohandle_close(subject);
}

static void step(void)
{
    unsigned number = (unsigned)rand() % SLOTS;
    operations++;
    switch (slots[number].what) {
    case NONE:
        number % 5 == 0 ? make_space(number) : insert(number);
        break;
    case RESERVED:
        rand() % 4 ? fill(number) : take_away(number);
        break;
    case FILLED:
        rand() % 16 == 0 ? use(number) : take_away(number);
        break;
    case SPACE:
        take_away(number);
        break;
    }
}

static void compare(void)
{
    struct coname names[SLOTS + 1];
    uint64_t position = 0;
    ssize_t count;
    unsigned known = 0;
    while ((count = colist(ours, &position, names, SLOTS + 1)) < 0 && is_loss())
        ;
    for (unsigned number = 0; number < SLOTS; number++)
        known += slots[number].what != NONE;
    if (count != (ssize_t)known)
        wrong("another number of names");
    for (ssize_t i = 0; i < count; i++) {
        unsigned number = (unsigned)atoi(names[i].name + 1);
        const struct slot *slot = &slots[number];
        bool good = (slot->what == SPACE && names[i].kind == COHANDLE_NAMESPACE) ||
                    (slot->what == FILLED && names[i].kind == COHANDLE_OBJECT && names[i].type == COMMAP) ||
                    (slot->what == RESERVED && names[i].kind == COHANDLE_RESERVATION);
        if (!good)
            wrong("a name is something else");
    }
}

/* Leaves the name there for as long as this co-process lives. */
static void say(const char *name)
{
    while (!coinsert(name, RESERVATION, 0, root) && errno != EEXIST && is_loss())
        ;
}

static _Noreturn void load(const char *tag)
{
    char name[64];
    snprintf(name, sizeof name, "load.%s", tag);
    srand((unsigned)tag[0] * 256 + (unsigned char)tag[1]);
    while (!(ours = cocreate(name, PUBLIC, root)) && is_loss())
        ;
    for (unsigned number = 0; number < SLOTS; number++) {
        comemory_t subject = commap(sizeof(unsigned), PROT_READ | PROT_WRITE);
        unsigned *there = subject ? comap_attach(subject, PROT_READ | PROT_WRITE) : NULL;
        need(there != NULL, "a subject");
        *there = number;
        comap_detach(there);
        slots[number].subject = subject;
    }
    printf("%s ready\n", tag);
    fflush(stdout);
    coobject_t stop = 0;
    while (!stop) {
        for (unsigned i = 0; i < 50; i++)
            step();
        stop = find("stop", RESERVATION, root);
    }
    compare();
    printf("%s ends after %lu operations, %lu losses, %lu mismatches\n", tag, operations, losses, mismatches);
    fflush(stdout);
    snprintf(name, sizeof name, "finished.%s", tag);
    say(name);
    for (;;)
        sleep(1000);
}

/* How many names of the root begin like this. */
static unsigned count_names(const char *prefix)
{
    struct coname names[32];
    uint64_t position = 0;
    ssize_t count;
    unsigned found = 0;
    while ((count = colist(root, &position, names, 32)) > 0 || (count < 0 && is_loss())) {
        for (ssize_t i = 0; i < count; i++)
            found += strncmp(names[i].name, prefix, strlen(prefix)) == 0;
    }
    return found;
}

static int control(unsigned count, unsigned victims, char **victim)
{
    printf("control ready\n");
    fflush(stdout);
    while (getchar() != EOF)
        ;
    started = now();
    say("stop");
    while (count_names("finished.") < count && now() - started < LIMIT_SECONDS)
        usleep(5000);
    check(count_names("finished.") == count, "all who are left stop");
    for (unsigned i = 0; i < victims; i++) {
        char name[64];
        snprintf(name, sizeof name, "load.%s", victim[i]);
        while (count_names(name) > 0 && now() - started < LIMIT_SECONDS)
            usleep(5000);
        check(count_names(name) == 0, "the names of one who was killed are gone");
    }
    return failures != 0;
}

int main(int argc, char **argv)
{
    started = now();
    root = coproc_init();
    need(root != 0 && argc > 2, "joining");
    if (strcmp(argv[1], "load") == 0)
        load(argv[2]);
    return control((unsigned)atoi(argv[2]), (unsigned)argc - 3, argv + 3);
}
