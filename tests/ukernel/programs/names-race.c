/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Two co-processes that make the same names, and fill the same reservations, at the same time. The one that starts them
 * counts. What they did, they say in a name.
 */
#include "check.h"

#include <comesg/coexec.h>
#include <comesg/commap.h>
#include <comesg/conamespace.h>

#include <sched.h>
#include <time.h>

enum { NAMES = 200, RACERS = 2 };

static coobject_t wait_for(conamespace_t ns, const char *name)
{
    coobject_t object;
    while (!(object = coselect(name, RESERVATION, ns)) && errno != EBADF)
        sched_yield();
    return object;
}

static int race(conamespace_t ns, const char *who)
{
    unsigned filled = 0, inserted = 0, wrong = 0;
    comemory_t subject = commap(1, PROT_READ);
    char name[64];
    for (unsigned i = 0; i < NAMES; i++) {
        snprintf(name, sizeof name, "reserved-%u", i);
        coobject_t object = coselect(name, RESERVATION, ns);
        coobject_t update = object ? coupdate(object, COMMAP, subject) : 0;
        filled += update != 0;
        wrong += !update && errno != (object ? ENODEV : ENOENT);
        cohandle_close(update ? update : object);
        snprintf(name, sizeof name, "new-%u", i);
        object = coinsert(name, COMMAP, subject, ns);
        inserted += object != 0;
        wrong += !object && errno != EEXIST;
        cohandle_close(object);
    }
    snprintf(name, sizeof name, "done-%s-%u-%u-%u", who, filled, inserted, wrong);
    need(coinsert(name, RESERVATION, 0, ns) != 0, "saying what was done");
    wait_for(ns, "never"); /* names go with their maker */
    return 0;
}

/* Adds up what the racers say. */
static unsigned add_up(conamespace_t ns, unsigned sums[3])
{
    struct coname names[32];
    uint64_t position = 0;
    ssize_t count;
    unsigned said = 0, parts[3];
    while ((count = colist(ns, &position, names, 32)) > 0) {
        for (ssize_t i = 0; i < count; i++) {
            if (sscanf(names[i].name, "done-%*[a-z]-%u-%u-%u", &parts[0], &parts[1], &parts[2]) != 3)
                continue;
            said++;
            for (unsigned j = 0; j < 3; j++)
                sums[j] += parts[j];
        }
    }
    return said;
}

int main(int argc, char **argv)
{
    need(coproc_init() != 0, "joining");
    if (argc > 1) {
        conamespace_t given = cogetvec()->handles[0];
        cohandle_close(wait_for(given, "go"));
        return race(given, argv[1]);
    }
    conamespace_t ns = cocreate("race", PUBLIC, coproc_init());
    char name[32];
    for (unsigned i = 0; i < NAMES; i++) {
        snprintf(name, sizeof name, "reserved-%u", i);
        need(coinsert(name, RESERVATION, 0, ns) != 0, "reserving");
    }
    for (unsigned i = 0; i < RACERS; i++) {
        char *const arguments[] = {argv[0], i == 0 ? "a" : "b", NULL};
        need(coexecvec(argv[0], arguments, NULL, &ns, 1) > 0, "starting a racer");
    }
    need(coinsert("go", RESERVATION, 0, ns) != 0, "the start");
    unsigned sums[3] = {0};
    while (memset(sums, 0, sizeof sums), add_up(ns, sums) < RACERS)
        sched_yield();
    printf("# filled %u, inserted %u, wrong %u\n", sums[0], sums[1], sums[2]);
    check(sums[0] == NAMES, "each reservation is filled once");
    check(sums[1] == NAMES, "each name is inserted once");
    check(sums[2] == 0, "who comes second is told so");
    return failures != 0;
}
