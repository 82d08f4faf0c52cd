/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Calls for sockets, and the others with vectors and buffers, with arguments chosen at random: numbers with something
 * in their upper halves, addresses of others, structures that point there and that another thread changes meanwhile.
 * What is sent arrives at this program, which looks whether it is somebody else's. The argument is the seed.
 *
 * It never waits for long: all its descriptors are non-blocking, and what a call makes is closed again.
 */
#include "support.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { ROUNDS = 60000, AREA = 4096, PARTS = 80, OWN = 8 };

static uint64_t state;
static volatile bool stop;
static int own[OWN]; /* descriptors */
/* Both in front of pages that do not exist: reads may be long. */
static union structure {
    struct msghdr header;
    struct iovec vector[PARTS];
    struct sockaddr_in address;
    socklen_t length;
    int option;
    char bytes[AREA];
} * structures;
static char *area;
static unsigned long secrets, arrived, done;

static uint64_t next(uint64_t *from)
{
    *from ^= *from << 13;
    *from ^= *from >> 7;
    *from ^= *from << 17;
    return *from;
}

static uint64_t below(uint64_t limit)
{
    return next(&state) % limit;
}

/* Some that are its own, and more that are not. */
static uint64_t address(uint64_t random)
{
    const uint64_t base = region_base();
    const uint64_t list[] = {(uint64_t)&structures[0],
                             (uint64_t)&structures[1],
                             (uint64_t)&structures[2],
                             (uint64_t)&structures[3],
                             (uint64_t)area,
                             (uint64_t)area + AREA - 3,
                             0,
                             8,
                             UINT64_MAX,
                             UINT64_MAX - 15,
                             base - 1,
                             base - 16,
                             base + REGION_SIZE - 1,
                             base + REGION_SIZE,
                             base - REGION_STRIDE + 0x70000000,
                             base + REGION_STRIDE + 0x70000000,
                             base - REGION_STRIDE + (uint32_t)(uint64_t)area,
                             (uint64_t)area | UINT64_C(1) << 47,
                             (uint64_t)area | UINT64_C(1) << 63,
                             base - (UINT64_C(260) << 30) - REGION_STRIDE,
                             base - (UINT64_C(260) << 30) - REGION_STRIDE + 0x2000100080};
    const unsigned own_ones = 6, count = sizeof list / sizeof list[0];
    return list[random & 1 ? (random >> 1) % own_ones : (random >> 1) % count];
}

static uint64_t number(uint64_t random)
{
    static const uint64_t list[] = {0,
                                    1,
                                    2,
                                    4,
                                    8,
                                    16,
                                    28,
                                    63,
                                    64,
                                    65,
                                    128,
                                    129,
                                    1024,
                                    1025,
                                    0x7fffffff,
                                    0x80000000,
                                    0xffffffff,
                                    UINT64_C(1) << 32,
                                    UINT64_MAX,
                                    UINT64_C(1) << 60,
                                    (UINT64_C(1) << 32) + 16,
                                    UINT64_C(1) << 63};
    return list[random % (sizeof list / sizeof list[0])];
}

static uint64_t descriptor(void)
{
    uint64_t choice = below(16), chosen = (uint64_t)own[below(OWN)];
    if (choice < 12)
        return chosen;
    return choice == 12   ? chosen | UINT64_C(1) << 32
           : choice == 13 ? UINT64_C(4) << below(30) /* where the core may have its own */
           : choice == 14 ? (UINT64_C(512) << below(12)) - 1 - below(300)
                          : UINT64_MAX;
}

/* Fills a structure with pointers and lengths, or with an address, or a header or vector that is nearly right. */
static void fill(uint64_t *random, unsigned index)
{
    volatile uint64_t *words = (volatile uint64_t *)structures[index].bytes;
    bool right = next(random) % 4 != 0;
    for (unsigned i = 0; i < 16; i++) {
        uint64_t value = next(random);
        words[i] = i % 2 ? right ? value % 64 : number(value) : address(right ? value | 1 : value);
    }
    uint64_t kind = next(random) % 3;
    if (kind == 0) {
        structures[index].address = (struct sockaddr_in){
            .sin_family = AF_INET, .sin_port = htons((uint16_t)next(random)), .sin_addr = {htonl(INADDR_LOOPBACK)}};
        structures[index].address.sin_family = (sa_family_t)(next(random) % 4 ? AF_INET : next(random) % 45);
    } else if (kind == 1) {
        structures[index].header =
            (struct msghdr){.msg_iov = structures[next(random) % 4].vector, .msg_iovlen = (int)(next(random) % 8)};
        if (next(random) % 4 == 0)
            structures[index].header.msg_name = (void *)address(next(random));
        structures[index].header.msg_namelen = (socklen_t)number(next(random));
        structures[index].header.msg_controllen = (socklen_t)(next(random) % 8 ? 0 : number(next(random)));
    }
}

static void *change(void *unused)
{
    uint64_t random = 88172645463325252;
    (void)unused;
    while (!stop)
        fill(&random, (unsigned)(next(&random) % 4));
    return NULL;
}

/* At random, but never what ends or stops this program, or its memory. */
static long call_number(void)
{
    static const long list[] = {SYS_socket,      SYS_bind,        SYS_connect,  SYS_listen,   SYS_accept,
                                SYS_accept4,     SYS_getsockname, SYS_sendto,   SYS_recvfrom, SYS_sendmsg,
                                SYS_getpeername, SYS_recvmsg,     SYS_read,     SYS_write,    SYS_setsockopt,
                                SYS_getsockopt,  SYS_readv,       SYS_writev,   SYS_pread64,  SYS_fstat,
                                SYS_socketpair,  SYS_sendmmsg,    SYS_recvmmsg, SYS_splice,   SYS_sendfile};
    return list[below(sizeof list / sizeof list[0])];
}

static bool makes_descriptor(long call)
{
    return call == SYS_socket || call == SYS_accept || call == SYS_accept4;
}

static void attack_once(void)
{
    static const uint32_t levels[] = {SOL_SOCKET, IPPROTO_TCP, IPPROTO_IP, IPPROTO_IPV6, IPPROTO_UDP};
    static const uint32_t flags[] = {0, MSG_OOB, MSG_PEEK, MSG_TRUNC, MSG_DONTWAIT, MSG_MORE, MSG_EOR, MSG_NOSIGNAL};
    long call = call_number();
    uint64_t a[6] = {descriptor()};
    bool pointer_and_length = below(2);
    for (unsigned i = 1; i < 6; i++) {
        uint64_t random = next(&state);
        if (pointer_and_length) {
            a[i] = i % 2 ? address(random) : random & 1 ? below(64) : number(random >> 1);
            continue;
        }
        a[i] = random % 3 == 0 ? number(random >> 2) : random % 3 == 1 ? address(random >> 2) : below(64);
    }
    if (call == SYS_setsockopt || call == SYS_getsockopt)
        a[1] = levels[below(sizeof levels / sizeof levels[0])];
    if (call == SYS_setsockopt || call == SYS_getsockopt)
        a[2] = below(80);
    if (call == SYS_socket)
        a[0] = below(46), a[1] = below(12), a[2] = below(4) ? 0 : below(300);
    bool message = call == SYS_sendmsg || call == SYS_recvmsg;
    bool buffer = call == SYS_sendto || call == SYS_recvfrom;
    if ((message || buffer) && below(8))
        a[message ? 2 : 3] = flags[below(8)] | flags[below(8)] | MSG_NOSIGNAL;
    if (buffer && below(2))
        a[4] = 0;
    if ((message || call == SYS_sendto || call == SYS_write || call == SYS_writev) && below(3) == 0)
        a[0] = (uint64_t)own[0];
    if (below(4))
        fill(&state, (unsigned)below(4));
    if (call == SYS_setsockopt && a[1] == SOL_SOCKET && (a[2] == SO_RCVTIMEO || a[2] == SO_SNDTIMEO))
        return;
    long result = syscall(call, a[0], a[1], a[2], a[3], a[4], a[5]);
    done += result >= 0;
    if (result >= 0 && makes_descriptor(call))
        close((int)result);
}

/* What this program has sent to itself. It may have disconnected the sender. */
static void look(int receiver)
{
    struct sockaddr_in place;
    socklen_t size = sizeof place;
    getsockname(receiver, (struct sockaddr *)&place, &size);
    connect(own[0], (struct sockaddr *)&place, size);
    static char bytes[65536];
    for (ssize_t length; (length = recv(receiver, bytes, sizeof bytes, MSG_DONTWAIT)) >= 0;) {
        arrived++;
        secrets += memmem(bytes, (size_t)length, "!Secret!", 8) != NULL;
    }
}

static struct sockaddr_in bound(int made)
{
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof place;
    need(made >= 0 && bind(made, (struct sockaddr *)&place, sizeof place) == 0 &&
             getsockname(made, (struct sockaddr *)&place, &length) == 0,
         "a socket");
    return place;
}

/* Datagrams from the first of its own arrive at a socket that the attack does not use. */
static int make_descriptors(void)
{
    const int made = SOCK_NONBLOCK;
    int receiver = socket(AF_INET, SOCK_DGRAM | made, 0), size = 4 << 20;
    struct sockaddr_in place = bound(receiver);
    setsockopt(receiver, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    own[0] = socket(AF_INET, SOCK_DGRAM | made, 0);
    need(connect(own[0], (struct sockaddr *)&place, sizeof place) == 0, "connect");
    own[1] = socket(AF_INET, SOCK_STREAM | made, 0);
    place = bound(own[1]);
    need(listen(own[1], 4) == 0, "listen");
    own[2] = socket(AF_INET, SOCK_STREAM | made, 0);
    connect(own[2], (struct sockaddr *)&place, sizeof place);
    for (int i = 3; i < 6; i++)
        own[i] = socket(i == 5 ? AF_INET6 : AF_INET, (i == 3 ? SOCK_DGRAM : SOCK_STREAM) | made, 0);
    own[6] = open("/dev/zero", O_RDWR);
    own[7] = open("/dev/null", O_RDWR);
    return receiver;
}

int main(int argc, char **argv)
{
    static char word[8];
    pthread_t thread;
    state = argc > 1 ? strtoul(argv[1], NULL, 10) | 1 : 1;
    structures = (union structure *)(make_edge(4L * AREA) - 4L * AREA);
    area = make_edge(2L * AREA) - 2L * AREA;
    int receiver = make_descriptors();
    signal(SIGPIPE, SIG_IGN);
    find("last"); /* so that the slots of the other programs are taken */
    need(pthread_create(&thread, NULL, change, NULL) == 0, "a thread");
    memset(area, 'g', 2L * AREA);
    printf("# ready\n");
    fflush(stdout);
    need(read(0, word, 1) == 1, "the start");
    for (unsigned i = 0; i < ROUNDS; i++) {
        attack_once();
        if (i % 64 == 0)
            look(receiver);
    }
    printf("# done: %lu calls went well, %lu datagrams arrived, %lu secrets\n", done, arrived, secrets);
    fflush(stdout);
    (void)!read(0, word, 1);
    stop = true;
    return 0;
}
