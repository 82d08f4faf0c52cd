/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Sockets: what programs make of them, and what they cannot.
 *
 *   sockets PROGRAM     prints TAP; PROGRAM is this one
 *   sockets answer      answers one connection to a listening socket that it is called with
 *   sockets wait        under the name "waiter": receives a byte from its standard input in each call, and says which
 *   sockets unix        what can be done with its standard input, a stream socket of Unix in which two bytes wait, each
 *                       with a file
 */
#include "support.h"

#include <comesg/coexec.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

enum { LARGE = 300000 };

static struct sockaddr_in loopback(void)
{
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

/* A listening socket, and where it is. */
static int listening(struct sockaddr_in *address)
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    socklen_t length = sizeof *address;
    *address = loopback();
    need(listener >= 0 && setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
             bind(listener, (struct sockaddr *)address, sizeof *address) == 0 && listen(listener, 4) == 0 &&
             getsockname(listener, (struct sockaddr *)address, &length) == 0 && length == sizeof *address,
         "a listening socket");
    return listener;
}

/* Sends back what comes, until nothing comes any more. */
static void echo(int connection)
{
    char bytes[4096];
    ssize_t length;
    while ((length = recv(connection, bytes, sizeof bytes, 0)) > 0) {
        for (ssize_t sent = 0; sent < length;)
            sent += send(connection, bytes + sent, (size_t)(length - sent), MSG_NOSIGNAL);
    }
    close(connection);
}

static void *answer_one(void *listener)
{
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    int connection = accept(*(int *)listener, (struct sockaddr *)&peer, &length);
    need(connection >= 0 && peer.sin_family == AF_INET && peer.sin_addr.s_addr == htonl(INADDR_LOOPBACK), "accept");
    echo(connection);
    return NULL;
}

static int connected(const struct sockaddr_in *address)
{
    int made = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    need(made >= 0 && connect(made, (const struct sockaddr *)address, sizeof *address) == 0, "connect");
    return made;
}

/* Both ways at once: neither fits what the kernel keeps. */
static bool comes_back(int connection)
{
    static char out[LARGE], in[LARGE];
    size_t sent = 0, received = 0;
    for (size_t i = 0; i < sizeof out; i++)
        out[i] = (char)(i * 7 + i / 251);
    while (received < sizeof in) {
        struct pollfd poll_this = {connection, (short)(POLLIN | (sent < sizeof out ? POLLOUT : 0)), 0};
        if (poll(&poll_this, 1, 10000) != 1)
            return false;
        if (poll_this.revents & POLLOUT) {
            ssize_t length = send(connection, out + sent, sizeof out - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
            sent += length > 0 ? (size_t)length : 0;
        }
        if (poll_this.revents & POLLIN) {
            ssize_t length = recv(connection, in + received, sizeof in - received, 0);
            if (length <= 0)
                return false;
            received += (size_t)length;
        }
    }
    return memcmp(out, in, sizeof out) == 0;
}

static void test_stream(void)
{
    struct sockaddr_in address, peer;
    socklen_t length = sizeof peer;
    pthread_t thread;
    int listener = listening(&address), on = 1, value = 0;
    need(pthread_create(&thread, NULL, answer_one, &listener) == 0, "a thread");
    int connection = connected(&address);
    ok(getpeername(connection, (struct sockaddr *)&peer, &length) == 0 && peer.sin_port == address.sin_port,
       "TCP: the peer's address");
    length = sizeof value;
    ok(setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
           getsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &value, &length) == 0 && value == 1 &&
           length == sizeof value,
       "an option is set and read");
    ok(comes_back(connection), "%d bytes go and come back", LARGE);
    char one[5], two[5];
    struct iovec parts[] = {{(char *)"abcd", 4}, {(char *)"efgh", 4}}, places[] = {{one, 3}, {two, 5}};
    struct msghdr header = {.msg_iov = parts, .msg_iovlen = 2};
    ok(sendmsg(connection, &header, 0) == 8, "a vector is sent");
    header = (struct msghdr){.msg_iov = places, .msg_iovlen = 2};
    ok(recvmsg(connection, &header, MSG_WAITALL) == 8 && memcmp(one, "abc", 3) == 0 && memcmp(two, "defgh", 5) == 0,
       "and received");
    ok(shutdown(connection, SHUT_WR) == 0 && recv(connection, one, 1, 0) == 0, "the end of what is sent");
    pthread_join(thread, NULL);
    close(connection);
    close(listener);
    int refused = socket(AF_INET, SOCK_STREAM, 0);
    ok(connect(refused, (struct sockaddr *)&address, sizeof address) == -1 && errno == ECONNREFUSED,
       "nobody listens any more");
    close(refused);
}

static void test_datagrams(void)
{
    struct sockaddr_in address = loopback(), from = {0};
    socklen_t length = sizeof address;
    char bytes[16];
    int receiver = socket(AF_INET, SOCK_DGRAM, 0), sender = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, IPPROTO_UDP);
    need(receiver >= 0 && sender >= 0 && bind(receiver, (struct sockaddr *)&address, sizeof address) == 0 &&
             getsockname(receiver, (struct sockaddr *)&address, &length) == 0,
         "datagram sockets");
    ok(recv(sender, bytes, 1, 0) == -1 && errno == EAGAIN, "UDP: nothing is there");
    ok(sendto(sender, "datagram", 8, 0, (struct sockaddr *)&address, sizeof address) == 8, "a datagram is sent");
    length = sizeof from;
    ok(recvfrom(receiver, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &length) == 8 &&
           memcmp(bytes, "datagram", 8) == 0 && length == sizeof from && from.sin_port != 0,
       "and received, with its sender's address");
    struct iovec part = {bytes, 8};
    struct msghdr header = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &part, .msg_iovlen = 1};
    ok(sendmsg(receiver, &header, 0) == 8, "it is answered");
    struct sockaddr_storage source;
    header = (struct msghdr){.msg_name = &source, .msg_namelen = sizeof source, .msg_iov = &part, .msg_iovlen = 1};
    ok(poll(&(struct pollfd){sender, POLLIN, 0}, 1, 10000) == 1 && recvmsg(sender, &header, 0) == 8 &&
           header.msg_namelen == sizeof from && ((struct sockaddr_in *)&source)->sin_port == address.sin_port,
       "by the one who was asked");
    char small[2] = "..";
    length = 1;
    ok(sendto(sender, "x", 1, 0, (struct sockaddr *)&address, sizeof address) == 1 &&
           recvfrom(receiver, bytes, 1, 0, (struct sockaddr *)small, &length) == 1 && length == sizeof from &&
           small[1] == '.',
       "an address that does not fit is cut, and its length is told");
    close(receiver);
    close(sender);
}

static bool refused(int error, int domain, int type, int protocol)
{
    errno = 0;
    return socket(domain, type, protocol) == -1 && errno == error;
}

static void test_refused(void)
{
    const int families[] = {AF_UNIX, AF_NETLINK, AF_PACKET, AF_ALG, AF_VSOCK, AF_BLUETOOTH, AF_XDP, AF_KEY, AF_TIPC};
    int wrong = 0, pair[2], on = 1;
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        wrong += !refused(EAFNOSUPPORT, families[i], SOCK_DGRAM, 0) || !refused(EAFNOSUPPORT, families[i], SOCK_RAW, 0);
    ok(wrong == 0, "sockets of other families");
    ok(refused(ESOCKTNOSUPPORT, AF_INET, SOCK_RAW, IPPROTO_ICMP) &&
           refused(ESOCKTNOSUPPORT, AF_INET, SOCK_SEQPACKET, 0),
       "of other types");
    ok(refused(EPROTONOSUPPORT, AF_INET, SOCK_DGRAM, IPPROTO_ICMP) &&
           refused(EPROTONOSUPPORT, AF_INET, SOCK_STREAM, IPPROTO_SCTP) &&
           refused(EPROTONOSUPPORT, AF_INET, SOCK_STREAM, 262),
       "of other protocols");
    ok(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1 && errno == ENOSYS, "and pairs");
    int made = socket(AF_INET, SOCK_DGRAM, 0);
    const struct sockaddr_un path = {AF_UNIX, "/tmp/there-is-no-such-socket"};
    ok(connect(made, (const struct sockaddr *)&path, sizeof path) == -1 && errno == EAFNOSUPPORT,
       "no address that is a path");
    const int options[][2] = {
        {SOL_SOCKET, SO_ATTACH_FILTER}, {SOL_SOCKET, SO_ATTACH_BPF}, {SOL_SOCKET, SO_LINGER},
        {SOL_SOCKET, SO_BINDTODEVICE},  {SOL_SOCKET, SO_MARK},       {SOL_SOCKET, SO_ZEROCOPY},
        {SOL_SOCKET, SO_PASSCRED},      {SOL_SOCKET, SO_OOBINLINE},  {IPPROTO_TCP, TCP_ULP},
        {IPPROTO_TCP, TCP_REPAIR},      {IPPROTO_IP, IP_OPTIONS},    {IPPROTO_IP, IP_TRANSPARENT}};
    wrong = 0;
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        wrong += setsockopt(made, options[i][0], options[i][1], &on, sizeof on) == 0 || errno != ENOPROTOOPT;
    ok(wrong == 0, "no option that reaches further than the socket");
    char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec part = {control, 1};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ok(sendmsg(made, &header, 0) == -1 && errno == EINVAL, "nothing but bytes is sent");
    ok(send(made, control, 1, 0x4000000 /* MSG_ZEROCOPY */) == -1 && errno == EINVAL &&
           recv(made, control, 1, MSG_ERRQUEUE) == -1 && errno == EINVAL && send(made, control, 1, MSG_OOB) == -1 &&
           errno == EINVAL && recv(made, control, 1, MSG_OOB) == -1 && errno == EINVAL,
       "no flags that mean something else");
    close(made);
}

/* Every pointer that a header holds, and the parts of its vector. */
static void test_headers(void)
{
    const uint64_t foreign[] = {8, region_base() - 8, region_base() + REGION_SIZE,
                                region_base() + REGION_STRIDE + 65536, UINT64_MAX};
    struct sockaddr_in address = loopback();
    char byte = 0;
    int made = socket(AF_INET, SOCK_DGRAM, 0), wrong = 0;
    need(bind(made, (struct sockaddr *)&address, sizeof address) == 0, "bind");
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        struct iovec good = {&byte, 1}, bad = {(void *)foreign[i], 1}, long_one = {&byte, foreign[i]};
        struct msghdr headers[] = {
            {.msg_iov = (void *)foreign[i], .msg_iovlen = 1},
            {.msg_iov = &bad, .msg_iovlen = 1},
            {.msg_iov = &long_one, .msg_iovlen = 1},
            {.msg_name = (void *)foreign[i], .msg_namelen = sizeof address, .msg_iov = &good, .msg_iovlen = 1},
        };
        for (size_t h = foreign[i] == 8 ? 3 : 0; h < sizeof headers / sizeof headers[0]; h++) {
            wrong += sendmsg(made, &headers[h], 0) != -1 || errno != EFAULT;
            wrong += recvmsg(made, &headers[h], MSG_DONTWAIT) != -1 || (errno != EFAULT && errno != EAGAIN);
        }
    }
    ok(wrong == 0, "EFAULT for every foreign pointer in a header");
    struct iovec good = {&byte, 1};
    struct msghdr many = {.msg_iov = &good, .msg_iovlen = INT_MAX};
    ok(sendmsg(made, &many, 0) == -1 && errno == EMSGSIZE, "and EMSGSIZE for more parts than there can be");
    close(made);
}

/* Nothing is given back beyond what an option is, whatever room there is for it. */
static void test_option_values(void)
{
    const int levels[] = {SOL_SOCKET, IPPROTO_TCP, IPPROTO_IP, IPPROTO_IPV6};
    int wrong = 0, read = 0, made[] = {socket(AF_INET, SOCK_STREAM, 0), socket(AF_INET6, SOCK_DGRAM, 0)};
    for (int name = 0; name < 256; name++) {
        for (int i = 0; i < 4 * 2; i++) {
            char value[128], untouched[128];
            socklen_t length = sizeof value;
            memset(value, 0x5a, sizeof value);
            memset(untouched, 0x5a, sizeof untouched);
            if (getsockopt(made[i % 2], levels[i / 2], name, value, &length) == -1)
                continue;
            read++;
            wrong += length > sizeof(struct timeval) || memcmp(value + length, untouched, sizeof value - length) != 0;
        }
    }
    ok(wrong == 0 && read > 30, "%d options give their values and no more", read);
    close(made[0]);
    close(made[1]);
}

/* The core has sockets of its own in every process, many with numbers in a row. */
static void test_hidden(void)
{
    enum { LIMIT = 1 << 20, STEP = 16 };
    struct sockaddr_storage name;
    int found = 0;
    for (long number = 100; number < LIMIT; number += STEP) {
        for (int upper = 0; upper < 2; upper++) {
            socklen_t length = sizeof name;
            found += syscall(SYS_getsockname, number | (long)upper << 32, &name, &length) == 0;
        }
    }
    ok(found == 0, "no number is a socket of the core (%d)", found);
}

/* A listening socket can be handed to somebody who may not make one. */
static void test_passing(char *program)
{
    struct sockaddr_in address;
    int listener = listening(&address);
    cotarget_t own;
    need(coregister(NULL, NULL, &own) == 0, "coregister");
    const struct coexec_descriptor descriptors[] = {{listener, 0}, {1, 1}, {2, 2}};
    const struct coexec_options options = {.size = sizeof options,
                                           .flags = COEXEC_SYSTEM_CALLS | COEXEC_DESCRIPTORS,
                                           .system_calls = COEXEC_CALLS_NONE,
                                           .handles = &own,
                                           .handle_count = 1,
                                           .descriptors = descriptors,
                                           .descriptor_count = 3};
    char *arguments[] = {program, (char *)"answer", NULL};
    bool made = true;
    need(coexecve_with(program, arguments, NULL, &options) > 0, "coexecve");
    int connection = connected(&address);
    need(coaccept(NULL, NULL, 0, &made, sizeof made) == sizeof made, "coaccept");
    coaccept_nb(NULL, NULL, 0, NULL, 0);
    ok(!made, "who may not use the network cannot make a socket");
    ok(comes_back(connection), "but answers at one that it was given");
    close(connection);
    close(listener);
}

static int answer(void)
{
    bool made = socket(AF_INET, SOCK_STREAM, 0) != -1 || errno != ENOSYS;
    need(call(cogetvec()->handles[0], &made, sizeof made, NULL, 0) >= 0, "cocall");
    answer_one(&(int){0});
    return 0;
}

/* Who waits in a call for bytes goes on with that when his caller has given up. */
static void test_deadline(char *program)
{
    struct sockaddr_in address;
    int listener = listening(&address), ours = connected(&address), theirs = accept(listener, NULL, NULL);
    const struct coexec_descriptor descriptors[] = {{theirs, 0}, {1, 1}, {2, 2}};
    const struct coexec_options options = {
        .size = sizeof options, .flags = COEXEC_DESCRIPTORS, .descriptors = descriptors, .descriptor_count = 3};
    char *arguments[] = {program, (char *)"wait", NULL}, byte = 0;
    need(coexecve_with(program, arguments, NULL, &options) > 0, "coexecve");
    const cotarget_t waiter = find("waiter");
    struct timespec soon = in_milliseconds(30), late = in_milliseconds(20000);
    ssize_t length = cocall_until(waiter, NULL, 0, &byte, 1, &soon);
    ok(length == -1 && errno == ETIMEDOUT, "a callee waits for bytes until its caller gives up");
    need(send(ours, "xy", 2, 0) == 2, "send");
    length = cocall_until(waiter, NULL, 0, &byte, 1, &late);
    ok(length == 1 && byte == 'y', "it has received what came later, and receives the rest");
    close(ours);
    close(theirs);
    close(listener);
}

static int wait_for_bytes(void)
{
    cotarget_t own;
    char byte = 0;
    need(coregister("waiter", NULL, &own) == 0, "coregister");
    coaccept(NULL, NULL, 0, NULL, 0);
    while (recv(0, &byte, 1, 0) == 1)
        coaccept(NULL, &byte, 1, NULL, 0);
    return 0;
}

/* Files do not come in, nor go out, and no path is looked up. */
static int use_unix(void)
{
    const struct sockaddr_un path = {AF_UNIX, "sockets-there-is-no-such"};
    const struct sockaddr *address = (const struct sockaddr *)&path;
    char control[CMSG_SPACE(sizeof(int))], byte = 0;
    struct iovec part = {&byte, 1};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    int on = 1, lowest = dup(2), wrong = 0;
    close(lowest);
    ok(recvmsg(0, &header, MSG_PEEK) == 1 && byte == 'a' && header.msg_controllen == 0 &&
           (header.msg_flags & MSG_CTRUNC),
       "a byte that comes with a file is seen without");
    header.msg_controllen = sizeof control;
    ok(recvmsg(0, &header, 0) == 1 && byte == 'a' && header.msg_controllen == 0 && (header.msg_flags & MSG_CTRUNC),
       "and received without");
    ok(read(0, &byte, 1) == 1 && byte == 'b', "the same for a read");
    int next = dup(2);
    ok(next == lowest, "no file has come in");
    header.msg_controllen = CMSG_LEN(sizeof(int));
    *CMSG_FIRSTHDR(&header) =
        (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(CMSG_FIRSTHDR(&header)), &next, sizeof next);
    ok(sendmsg(0, &header, 0) == -1 && errno == EINVAL, "none is sent");
    header = (struct msghdr){.msg_iov = &part, .msg_iovlen = 1, .msg_name = (void *)&path, .msg_namelen = sizeof path};
    wrong += sendmsg(0, &header, 0) != -1 || errno != EAFNOSUPPORT;
    wrong += sendto(0, &byte, 1, 0, address, sizeof path) != -1 || errno != EAFNOSUPPORT;
    wrong += bind(0, address, sizeof path) != -1 || errno != EAFNOSUPPORT;
    wrong += connect(0, address, sizeof path) != -1 || errno != EAFNOSUPPORT;
    ok(wrong == 0, "nothing is done with a path");
    const int options[] = {SO_PASSCRED, SO_PEERCRED, SO_PASSSEC, SO_PEERSEC, SO_PEERGROUPS, SO_LOCK_FILTER, 76, 77};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        socklen_t length = sizeof on;
        wrong += setsockopt(0, SOL_SOCKET, options[i], &on, length) != -1 || errno != ENOPROTOOPT;
        wrong += getsockopt(0, SOL_SOCKET, options[i], &on, &length) != -1 || errno != ENOPROTOOPT;
    }
    ok(wrong == 0, "nor with the peer's identity");
    ok(send(0, "c", 1, MSG_NOSIGNAL) == 1, "bytes are sent");
    return done_testing();
}

static void test_names(void)
{
    struct addrinfo *list = NULL;
    const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    ok(getaddrinfo("localhost", "80", &hints, &list) == 0 &&
           ((struct sockaddr_in *)list->ai_addr)->sin_addr.s_addr == htonl(INADDR_LOOPBACK),
       "a name is looked up");
    freeaddrinfo(list);
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    need(argc > 1, "a program");
    if (strcmp(argv[1], "answer") == 0)
        return answer();
    if (strcmp(argv[1], "wait") == 0)
        return wait_for_bytes();
    if (strcmp(argv[1], "unix") == 0)
        return use_unix();
    test_stream();
    test_datagrams();
    test_refused();
    test_headers();
    test_option_values();
    test_hidden();
    test_passing(argv[1]);
    test_deadline(argv[1]);
    test_names();
    return done_testing();
}
