/* SPDX-License-Identifier: BSD-2-Clause
 *
 * names-fuzz SEED REQUESTS: sends nsd and coeventd random requests, with handles of its own named in them and attached.
 * Both must go on, and keep what these handles do not lead to.
 */
#include "tests/core/programs/support.h"

#include "lib/libcomsg/service_pools.h"
#include "ukernel/protocol/events.h"
#include "ukernel/protocol/names.h"

#include <comesg/commap.h>
#include <comesg/coport.h>
#include <comesg/coproc.h>

enum { HANDLES = 48, REQUEST_SIZE = 1200 };

static cohandle_t handles[HANDLES];
static uint64_t seed;

static uint32_t pick(uint32_t limit)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % limit;
}

static cohandle_t pick_handle(void)
{
    return pick(8) ? handles[pick(HANDLES)] : (uint64_t)pick(4096) << 32 | pick(64);
}

/* Mostly something that makes sense up to a point: operation, type or number, handles where they are expected, a path.
 */
static size_t make(uint32_t *words)
{
    static const char letters[] = "aabbcc//..\0x";
    const uint32_t operation = pick(20) ? 1 + pick(9) : pick(40);
    words[0] = operation;
    words[1] = pick(10) ? pick(9) : pick(UINT32_MAX);
    for (unsigned i = 2; i < 8; i += 2) {
        cohandle_t handle = pick_handle();
        memcpy(&words[i], &handle, sizeof handle);
    }
    char *path = (char *)&words[pick(4) ? 4 : 8];
    size_t length = pick(12) ? pick(8) : pick(REQUEST_SIZE - 64);
    for (size_t i = 0; i < length; i++)
        path[i] = letters[pick(sizeof letters)];
    return pick(10) ? (size_t)(path - (char *)words) + length : pick(REQUEST_SIZE);
}

/* What comes takes the place of a handle that there was. */
static void keep(cohandle_t handle)
{
    cohandle_t *place = &handles[4 + pick(HANDLES - 4)];
    cohandle_close(*place);
    *place = handle;
}

static void ask(void)
{
    static uint32_t request[REQUEST_SIZE / 4], reply[1200];
    struct coattachment attachments[COATTACHMENT_MAX], received[4];
    struct coattachment_set set = {.array = received, .capacity = pick(4)};
    size_t length = make(request), n = pick(10) ? pick(3) : pick(COATTACHMENT_MAX);
    for (size_t i = 0; i < n; i++)
        attachments[i] = comesg_attach(handles[pick(HANDLES)]);
    if (comesg_call_some(pick(3) ? SERVICE_NAMES : SERVICE_EVENTS, request, length, reply, pick(sizeof reply),
                         attachments, n, &set) != 0)
        return;
    for (size_t i = 0; i < set.count; i++)
        keep(received[i].handle);
}

int main(int argc, char **argv)
{
    struct coname names[4];
    uint64_t position = 0;
    conamespace_t root = coproc_init();
    need(argc == 3 && root, "names-fuzz SEED REQUESTS");
    seed = strtoull(argv[1], NULL, 10);
    comemory_t memory = commap(1, PROT_READ);
    conamespace_t own = cocreate("own", PRIVATE, cocreate(argv[1], PUBLIC, root));
    coobject_t object = coinsert("object", COMMAP, memory, own);
    need(memory && own && object, "names of one's own");
    handles[0] = root;
    handles[1] = cocreate("fuzz", PUBLIC, root);
    handles[2] = memory;
    handles[3] = open_coport(COCHANNEL);
    for (int i = 4; i < HANDLES; i++)
        handles[i] = i % 3 == 0 ? coinsert((char[]){'r', (char)('a' + i), 0}, RESERVATION, 0, handles[1])
                                : cocreate((char[]){'n', (char)('A' + i % 26), 0}, PUBLIC, handles[1]);
    for (int i = atoi(argv[2]); i > 0; i--)
        ask();
    ok(colist(own, &position, names, 4) == 1 && strcmp(names[0].name, "object") == 0, "one's own names are there");
    cohandle_t subject = coobject_subject(object);
    ok(subject && comap_size(subject) == PAGE, "with what they stand for");
    ok(codelete(object, own) == 0 && coinsert("object", RESERVATION, 0, own), "and can be changed");
    ok(colisten(PROCESS_DEATH, 0) != 0, "events can be listened to");
    return done_testing();
}
