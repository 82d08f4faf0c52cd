/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Buffers, handles and names that are odd or wrong: who is told what, and that nobody else is harmed.
 */
#include "orders.h"
#include "support.h"

enum { LARGEST = (1 << 20) + 64 };

static cotarget_t server;
static char out[LARGEST + 64], in[LARGEST + 128];

static bool server_is_well(void)
{
    char answer[16] = "";
    return call(server, "how do you do?", 15, answer, sizeof answer) == 15 && strcmp(answer, "how do you do?") == 0;
}

static bool all(const char *bytes, size_t length, char value)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != value)
            return false;
    }
    return true;
}

static bool echo_is_exact(size_t size, size_t shift_out, size_t shift_in, bool home)
{
    char *request = out + shift_out, *answer = in + 64 + shift_in;
    uint32_t seed = (uint32_t)(size * 2654435761U + shift_out);
    for (size_t i = 0; i < size; i++)
        request[i] = (char)((seed = seed * 1664525 + 1013904223) >> 24);
    if (home && size >= sizeof(struct order))
        memcpy(request, &(struct order){.magic = ORDER_MAGIC, .kind = ORDER_ECHO, .move_home = 1},
               sizeof(struct order));
    memset(in, 0x5a, size + 128 + shift_in);
    return call(server, request, size, answer, size) == (ssize_t)size && memcmp(request, answer, size) == 0 &&
           all(answer - 16, 16, 0x5a) && all(answer + size, 16, 0x5a);
}

static void test_sizes(bool home)
{
    static const size_t middles[] = {1024, 4096, 65536, 1 << 20};
    size_t bad = 0, count = 0;
    for (size_t size = home ? sizeof(struct order) : 0; size <= 200; size++) {
        for (size_t shift = 0; shift < 16; shift += 5, count++)
            bad += !echo_is_exact(size, shift, 15 - shift, home);
    }
    ok(bad == 0, "requests and replies of up to 200 bytes arrive unchanged%s (%zu of %zu wrong)",
       home ? " from home" : "", bad, count);
    for (size_t m = 0; m < sizeof middles / sizeof middles[0]; m++) {
        bad = 0;
        for (size_t size = middles[m] - 17; size <= middles[m] + 17; size++)
            bad += !echo_is_exact(size, size % 16, 3, home);
        ok(bad == 0, "so do those around %zu bytes%s (%zu wrong)", middles[m], home ? " from home" : "", bad);
    }
}

static void test_lengths(void)
{
    memset(out, 'o', 100);
    memset(in, 'i', 100);
    ok(call(server, out, 100, in, 10) == 10 && all(in, 10, 'o') && all(in + 10, 90, 'i'),
       "a reply longer than the caller's buffer is cut");
    memset(in, 'i', 100);
    ok(call(server, out, 10, in, 100) == 10 && all(in, 10, 'o') && all(in + 10, 90, 'i'),
       "a shorter reply leaves the rest alone");
    memset(out, 's', 300);
    ok(call(server, out, 300, out, 300) == 300 && all(out, 300, 's'), "request and reply may share a buffer");
    ok(call(server, NULL, 0, NULL, 0) == 0, "without bytes there need be no buffers");
    ok(call(server, (void *)1, 0, (void *)-1UL, 0) == 0, "and wild ones are ignored then");
}

struct range {
    uint64_t address, length;
    const char *what;
};

/* Ranges that are not wholly in the region at `base`. */
static unsigned bad_ranges(uint64_t base, uint64_t buffer, struct range *ranges)
{
    const struct range list[] = {
        {8, 8, "near zero"},
        {buffer, 1UL << 63, "a length of 2^63"},
        {buffer, ~0UL, "a length of 2^64 - 1"},
        {buffer, -buffer, "an end of 0"},
        {buffer, -buffer + 8, "an end past 2^64"},
        {buffer, REGION_SIZE, "a length of 4 GiB"},
        {buffer, base + REGION_SIZE - buffer, "an end at the region's end"},
        {buffer, base + REGION_SIZE - buffer + 1, "an end past the region"},
        {base + REGION_SIZE - 1, 2, "the region's last byte and one more"},
        {base + REGION_SIZE, 1, "just behind the region"},
        {base - 1, 1, "just before the region"},
        {base - 1, 2, "across the region's start"},
        {base + REGION_STRIDE + (uint32_t)buffer, 16, "the next region"},
        {base - REGION_STRIDE + (uint32_t)buffer, 16, "the region before"},
        {(uint32_t)buffer, 16, "an offset without a base"},
        {buffer | 1UL << 63, 16, "an address with its top bit set"},
        {0xffffffffff600000, 16, "the kernel's half"},
        {base - (1UL << 38), 16, "core memory"}, /* it lies before the first regions */
    };
    memcpy(ranges, list, sizeof list);
    return sizeof list / sizeof list[0];
}

static void test_caller_ranges(void)
{
    struct range ranges[32];
    unsigned count = bad_ranges(region_base(), (uint64_t)out, ranges);
    for (unsigned i = 0; i < count; i++) {
        const struct range *range = &ranges[i];
        ok(call(server, (void *)range->address, range->length, in, 8) == -1 && errno == EFAULT,
           "EFAULT for a request at %s", range->what);
        ok(call(server, out, 8, (void *)range->address, range->length) == -1 && errno == EFAULT,
           "EFAULT for a reply buffer at %s", range->what);
    }
    ok(server_is_well(), "the callee noticed nothing of it");
}

static ssize_t order(struct order what)
{
    what.magic = ORDER_MAGIC;
    memset(in, 0, 64);
    return call(server, &what, sizeof what, in, LARGEST);
}

static bool reported(ssize_t length, int error)
{
    const struct report *report = (const struct report *)in;
    return length == sizeof *report && report->result == -1 && report->error == error;
}

static void test_callee_ranges(bool home)
{
    struct range ranges[32];
    uint64_t base = 0;
    need(order((struct order){.kind = ORDER_REGION}) == 8, "region of the server");
    memcpy(&base, in, 8);
    unsigned count = bad_ranges(base, base + 0xff800000, ranges);
    unsigned wrong_out = 0, wrong_in = 0;
    for (unsigned i = 0; i < count; i++) {
        struct order what = {
            .kind = ORDER_REPLY_FROM, .address = ranges[i].address, .length = ranges[i].length, .move_home = home};
        wrong_out += !reported(order(what), EFAULT);
        what.kind = ORDER_ACCEPT_AT;
        wrong_in += !reported(order(what), EFAULT);
    }
    const char *where = home ? " at home" : "";
    ok(wrong_out == 0, "a callee%s gets EFAULT for replies outside its region, its caller still waits", where);
    ok(wrong_in == 0, "and for request buffers outside");
    ok(server_is_well(), "and goes on");
}

static const size_t lengths[] = {2, 3, 5, 8, 12, 16, 17, 32, 40, 64, 100, 1000, 1024, 1025, 5000};
enum { LENGTHS = sizeof lengths / sizeof lengths[0] };

static bool sends_unmapped(const char *edge, size_t length, size_t missing)
{
    return call(server, edge - (length - missing), length, in, 64) == -1 && errno == EFAULT;
}

static bool receives_unmapped(char *edge, size_t length, size_t missing, bool home)
{
    struct order what = {.magic = ORDER_MAGIC, .kind = ORDER_ECHO, .move_home = home};
    memset(out, 'r', length + sizeof what);
    memcpy(out, &what, sizeof what);
    return call(server, out, length + sizeof what, edge - (length - missing), length) == -1 && errno == EFAULT;
}

static void test_caller_faults(void)
{
    char *edge = make_edge(2L * PAGE);
    unsigned wrong_out = 0, wrong_in = 0, wrong_home = 0;
    for (unsigned i = 0; i < LENGTHS; i++) {
        const size_t missing[] = {1, lengths[i] / 2, lengths[i]};
        for (unsigned m = 0; m < 3; m++) {
            wrong_out += !sends_unmapped(edge, lengths[i], missing[m]);
            wrong_in += !receives_unmapped(edge, lengths[i], missing[m], false);
            wrong_home += !receives_unmapped(edge, lengths[i], missing[m], true);
        }
    }
    ok(wrong_out == 0, "EFAULT for requests that are partly not mapped (%u wrong)", wrong_out);
    ok(wrong_in == 0, "EFAULT for reply buffers that are partly not mapped (%u wrong)", wrong_in);
    ok(wrong_home == 0, "also when the reply comes from home (%u wrong)", wrong_home);
    ok(server_is_well(), "the callee is unharmed");
}

static void test_callee_faults(void)
{
    unsigned wrong[2] = {0}, wrong_in = 0, wrong_accept = 0, wrong_rest = 0;
    for (unsigned i = 0; i < LENGTHS; i++) {
        const size_t missing[] = {1, lengths[i] / 2, lengths[i]};
        for (unsigned m = 0; m < 3; m++) {
            for (unsigned home = 0; home < 2; home++) {
                struct order what = {
                    .kind = ORDER_REPLY_EDGE, .address = missing[m], .length = lengths[i], .move_home = home};
                wrong[home] += !reported(order(what), EFAULT);
            }
            order((struct order){.kind = ORDER_ACCEPT_EDGE, .length = lengths[i] - missing[m]});
            wrong_in += call(server, out, lengths[i], in, 64) != -1 || errno != ENOLINK;
            wrong_accept += !reported(order((struct order){.kind = ORDER_REPORT}), EFAULT);
            wrong_rest += !server_is_well();
        }
    }
    ok(wrong[0] == 0, "a callee gets EFAULT for a reply that is partly not mapped, its caller still waits (%u wrong)",
       wrong[0]);
    ok(wrong[1] == 0, "also at home (%u wrong)", wrong[1]);
    ok(wrong_in == 0, "ENOLINK from a callee whose request buffer is partly not mapped (%u wrong)", wrong_in);
    ok(wrong_accept == 0, "whose coaccept gets EFAULT (%u wrong)", wrong_accept);
    ok(wrong_rest == 0, "and that goes on (%u wrong)", wrong_rest);
}

static bool refused(cotarget_t target, int error)
{
    return cocall(target, out, 8, in, 8) == -1 && errno == error;
}

static void test_handles(void)
{
    unsigned wrong = 0;
    uint32_t index = (uint32_t)server, generation = (uint32_t)(server >> 32);
    const cotarget_t forged[] = {0,
                                 1,
                                 ~0UL,
                                 index,
                                 server + 1,
                                 server - 1,
                                 server ^ 1UL << 63,
                                 (uint64_t)(generation + 1) << 32 | index,
                                 (uint64_t)(generation - 1) << 32 | index,
                                 (uint64_t)generation << 32 | 1023,
                                 (uint64_t)generation << 32 | 1024,
                                 (uint64_t)generation << 32 | 0x7ffffff,
                                 (uint64_t)generation << 32 | 0xffffffff,
                                 0x123456789abcdef0};
    for (unsigned i = 0; i < sizeof forged / sizeof forged[0]; i++)
        wrong += !refused(forged[i], EBADF);
    for (uint64_t i = 0; i < 4096; i++)
        wrong += (i | 1UL << 32) != server && !refused(i | 1UL << 32, EBADF);
    ok(wrong == 0, "EBADF for forged targets (%u wrong)", wrong);

    order((struct order){.kind = ORDER_MANY_HANDLES});
    wrong = 0;
    for (uint64_t i = 0; i < 64; i++) {
        for (uint64_t g = 0; g < 4; g++)
            wrong += (g << 32 | i) != server && !refused(g << 32 | i, EBADF);
    }
    ok(wrong == 0, "what another co-process holds is EBADF here (%u wrong)", wrong);

    cotarget_t self, again;
    ok(coregister("client", NULL, &self) == 0, "a client may register too");
    ok(refused(self, EDEADLK), "EDEADLK for a call to oneself");
    ok(reported(order((struct order){.kind = ORDER_CALL}), EBUSY), "EBUSY for a callee that is not accepting");
    ok(colookup("server", &again) == 0 && again == server, "a second look-up gives the same target");
}

static bool name_refused(const char *name, int error)
{
    cotarget_t target;
    if (coregister(name, NULL, &target) != -1 || errno != error)
        return false;
    return colookup(name, &target) == -1 && errno == error;
}

static void test_names(void)
{
    cotarget_t target = 0;
    char longest[92], *edge = make_edge(PAGE);
    static char too_long[5000];
    memset(longest, 'x', 91);
    longest[91] = '\0';
    memset(too_long, 'y', sizeof too_long - 1);
    ok(coregister("server", NULL, &target) == -1 && errno == EEXIST, "EEXIST for a name that is taken");
    ok(colookup("nobody", &target) == -1 && errno == ENOENT, "ENOENT for one that is not");
    ok(coregister(longest, NULL, &target) == 0 && colookup(longest, &target) == 0, "91 bytes are a name");
    ok(name_refused(too_long, ENAMETOOLONG) && name_refused(too_long + 4999 - 92, ENAMETOOLONG),
       "ENAMETOOLONG for more");
    ok(name_refused("", EINVAL) && name_refused(".", EINVAL) && name_refused("..", EINVAL) &&
           name_refused("a/b", EINVAL) && name_refused("a b", EINVAL) && name_refused("\xc3\xa4", EINVAL) &&
           name_refused("new\nline", EINVAL),
       "EINVAL for bad names");
    ok(coregister("...", NULL, &target) == 0 && coregister("A-z_0.9", NULL, &target) == 0, "three dots are a name");
    memcpy(edge - 3, "abc", 3);
    uint64_t base = region_base();
    ok(name_refused(edge - 3, EFAULT) && name_refused((char *)8, EFAULT) &&
           name_refused((char *)(base + REGION_STRIDE + (uint32_t)(uintptr_t) "server"), EFAULT) &&
           name_refused((char *)(base + REGION_SIZE - 1), EFAULT) && name_refused((char *)(base + REGION_SIZE), EFAULT),
       "EFAULT for names outside memory");
    ok(colookup(NULL, &target) == -1 && errno == EFAULT, "EFAULT to look up NULL");
    ok(colookup("server", (cotarget_t *)(base + REGION_SIZE - 4)) == -1 && errno == EFAULT &&
           colookup("server", (cotarget_t *)(base + REGION_STRIDE)) == -1 && errno == EFAULT &&
           colookup("server", (cotarget_t *)(edge - 4)) == -1 && errno == EFAULT && colookup("server", NULL) == -1 &&
           errno == EFAULT,
       "EFAULT for a result outside memory");
    ok(coregister("late", (void (*)(int))(base + 0x10000), &target) == -1 && errno == EINVAL &&
           coregister("late", (void (*)(int))8, &target) == -1 && errno == EINVAL,
       "EINVAL for a recovery entry that is no function");
    pid_t pid;
    ok(cogetpid(&pid) == -1 && errno == ESRCH, "ESRCH for cogetpid outside a call");
}

int main(void)
{
    server = find("server");
    test_sizes(false);
    test_sizes(true);
    test_lengths();
    test_caller_ranges();
    test_callee_ranges(false);
    test_callee_ranges(true);
    test_caller_faults();
    test_callee_faults();
    test_handles();
    test_names();
    ok(server_is_well(), "in the end the server is well");
    return done_testing();
}
