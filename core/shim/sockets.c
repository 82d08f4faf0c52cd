/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Sockets. Executed by the co-process's own kernel thread.
 *
 * Programs make those of IPv4 and IPv6, for TCP and UDP. Others, which they may have been given, can be used, but not
 * for what sockets of Unix can do besides: naming files, and taking descriptors in. Addresses and headers are copied
 * once; the kernel sees the copies only.
 */
#include "core/shim/shim.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { OPTION_MAX = 64 };

int64_t shim_socket(struct thread_block *block, const uint64_t *a)
{
    uint32_t family = (uint32_t)a[0], type = (uint32_t)a[1] & ~(uint32_t)(SOCK_CLOEXEC | SOCK_NONBLOCK);
    uint32_t protocol = (uint32_t)a[2];
    if (family != AF_INET && family != AF_INET6)
        return -EAFNOSUPPORT;
    if (type != SOCK_STREAM && type != SOCK_DGRAM)
        return -ESOCKTNOSUPPORT;
    if (protocol != 0 && protocol != (type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP))
        return -EPROTONOSUPPORT;
    return core_place_descriptor(block, kernel3(SYS_socket, family, (int)a[1], protocol));
}

/* An address that the program names: 0, or an error. */
static int64_t fetch_address(const struct thread_block *block, uint64_t address, uint64_t length,
                             struct sockaddr_storage *copy)
{
    if ((uint32_t)length < sizeof copy->ss_family || (uint32_t)length > sizeof *copy)
        return -EINVAL;
    if (!core_in_region(block, address, (uint32_t)length) || core_copy(copy, (const void *)address, (uint32_t)length))
        return -EFAULT;
    bool known = copy->ss_family == AF_INET || copy->ss_family == AF_INET6 || copy->ss_family == AF_UNSPEC;
    return known ? 0 : -EAFNOSUPPORT;
}

/* Where the program wants to have an address. */
struct place {
    uint64_t address, length_address;
    uint32_t room;
};

static int64_t fetch_place(const struct thread_block *block, uint64_t address, uint64_t length_address,
                           struct place *place)
{
    *place = (struct place){address, length_address, 0};
    if (address == 0)
        return 0;
    if (!core_in_region(block, length_address, sizeof place->room) ||
        core_copy(&place->room, (const void *)length_address, sizeof place->room))
        return -EFAULT;
    if (place->room > INT32_MAX)
        return -EINVAL;
    if (place->room > sizeof(struct sockaddr_storage))
        place->room = sizeof(struct sockaddr_storage);
    return core_in_region(block, address, place->room) ? 0 : -EFAULT;
}

static int64_t put_address(const struct place *place, const struct sockaddr_storage *from, uint32_t length)
{
    if (place->address == 0)
        return 0;
    if (core_copy((void *)place->address, from, length < place->room ? length : place->room) ||
        core_copy((void *)place->length_address, &length, sizeof length))
        return -EFAULT;
    return 0;
}

static int64_t with_address(struct thread_block *block, long number, const uint64_t *a)
{
    struct sockaddr_storage address;
    int64_t error = fetch_address(block, a[1], a[2], &address);
    if (error)
        return error;
    return core_kernel_wait_for_program(number, (int)a[0], (long)&address, (int)a[2], 0, 0, 0);
}

int64_t shim_bind(struct thread_block *block, const uint64_t *a)
{
    return with_address(block, SYS_bind, a);
}

int64_t shim_connect(struct thread_block *block, const uint64_t *a)
{
    return with_address(block, SYS_connect, a);
}

int64_t shim_listen(struct thread_block *block, const uint64_t *a)
{
    (void)block;
    return kernel3(SYS_listen, (int)a[0], (int)a[1], 0);
}

int64_t shim_shutdown(struct thread_block *block, const uint64_t *a)
{
    (void)block;
    return kernel3(SYS_shutdown, (int)a[0], (int)a[1], 0);
}

int64_t shim_accept4(struct thread_block *block, const uint64_t *a)
{
    struct sockaddr_storage from = {0};
    struct place place;
    uint32_t length = sizeof from;
    int64_t error = fetch_place(block, a[1], a[2], &place);
    if (error)
        return error;
    int64_t accepted =
        core_kernel_wait_for_program(SYS_accept4, (int)a[0], (long)&from, (long)&length, (int)a[3], 0, 0);
    if (accepted < 0)
        return accepted;
    error = put_address(&place, &from, length);
    if (!error)
        return core_place_descriptor(block, accepted);
    kernel3(SYS_close, accepted, 0, 0);
    return error;
}

int64_t shim_accept(struct thread_block *block, const uint64_t *a)
{
    const uint64_t arguments[] = {a[0], a[1], a[2], 0};
    return shim_accept4(block, arguments);
}

static int64_t name_of(struct thread_block *block, long number, const uint64_t *a)
{
    struct sockaddr_storage name = {0};
    struct place place;
    uint32_t length = sizeof name;
    int64_t error = a[1] ? fetch_place(block, a[1], a[2], &place) : -EFAULT;
    if (!error)
        error = kernel3(number, (int)a[0], (long)&name, (long)&length);
    return error ? error : put_address(&place, &name, length);
}

int64_t shim_getsockname(struct thread_block *block, const uint64_t *a)
{
    return name_of(block, SYS_getsockname, a);
}

int64_t shim_getpeername(struct thread_block *block, const uint64_t *a)
{
    return name_of(block, SYS_getpeername, a);
}

/* Flags with which the kernel would keep, or look for, something else than bytes in their order are not known here. */
static bool may_send(uint64_t flags)
{
    const uint32_t known = MSG_DONTROUTE | MSG_DONTWAIT | MSG_EOR | MSG_CONFIRM | MSG_NOSIGNAL | MSG_MORE;
    return ((uint32_t)flags & ~known) == 0;
}

static bool may_receive(uint64_t flags)
{
    const uint32_t known = MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL | MSG_CMSG_CLOEXEC;
    return ((uint32_t)flags & ~known) == 0;
}

int64_t shim_sendto(struct thread_block *block, const uint64_t *a)
{
    struct sockaddr_storage to;
    if (!may_send(a[3]))
        return -EINVAL;
    if (!core_in_region(block, a[1], a[2]))
        return -EFAULT;
    int64_t error = a[4] ? fetch_address(block, a[4], a[5], &to) : 0;
    if (error)
        return error;
    return core_kernel_wait_for_program(SYS_sendto, (int)a[0], (long)a[1], (long)a[2], (int)a[3], a[4] ? (long)&to : 0,
                                        a[4] ? (int)a[5] : 0);
}

int64_t shim_recvfrom(struct thread_block *block, const uint64_t *a)
{
    struct sockaddr_storage from = {0};
    struct place place;
    uint32_t length = sizeof from;
    if (!may_receive(a[3]))
        return -EINVAL;
    if (!core_in_region(block, a[1], a[2]))
        return -EFAULT;
    int64_t error = fetch_place(block, a[4], a[5], &place);
    if (error)
        return error;
    int64_t received = core_kernel_wait_for_program(SYS_recvfrom, (int)a[0], (long)a[1], (long)a[2], (int)a[3],
                                                    (long)&from, (long)&length);
    if (received >= 0)
        error = put_address(&place, &from, length);
    return error ? error : received;
}

/* What sendmsg and recvmsg have in common. */
struct message {
    struct msghdr header;
    struct iovec vector[SHIM_VECTOR_MAX];
    struct sockaddr_storage address;
};

static int64_t fetch_message(const struct thread_block *block, uint64_t address, struct message *message)
{
    struct msghdr *header = &message->header;
    if (!core_in_region(block, address, sizeof *header) || core_copy(header, (const void *)address, sizeof *header))
        return -EFAULT;
    if (header->msg_iovlen > SHIM_VECTOR_MAX)
        return -EMSGSIZE;
    int64_t error = shim_fetch_vector(block, (uint64_t)header->msg_iov, header->msg_iovlen, message->vector);
    header->msg_iov = message->vector;
    return error;
}

/* Nothing but bytes is sent. */
int64_t shim_sendmsg(struct thread_block *block, const uint64_t *a)
{
    struct message message;
    struct msghdr *header = &message.header;
    int64_t error = may_send(a[2]) ? fetch_message(block, a[1], &message) : -EINVAL;
    if (!error && header->msg_controllen)
        error = -EINVAL;
    if (!error && header->msg_name)
        error = fetch_address(block, (uint64_t)header->msg_name, header->msg_namelen, &message.address);
    if (error)
        return error;
    header->msg_name = header->msg_name ? &message.address : NULL;
    header->msg_control = NULL;
    return core_kernel_wait_for_program(SYS_sendmsg, (int)a[0], (long)header, (int)a[2], 0, 0, 0);
}

/* What comes with the bytes is dropped, and MSG_CTRUNC says so. */
int64_t shim_recvmsg(struct thread_block *block, const uint64_t *a)
{
    struct message message;
    struct msghdr *header = &message.header;
    int64_t error = may_receive(a[2]) ? fetch_message(block, a[1], &message) : -EINVAL;
    struct msghdr *theirs = (struct msghdr *)a[1];
    const struct place place = {error ? 0 : (uint64_t)header->msg_name, (uint64_t)&theirs->msg_namelen,
                                header->msg_namelen < sizeof message.address ? header->msg_namelen
                                                                             : sizeof message.address};
    if (!error && place.address && !core_in_region(block, place.address, place.room))
        error = -EFAULT;
    if (error)
        return error;
    message.address = (struct sockaddr_storage){0};
    header->msg_name = &message.address;
    header->msg_namelen = sizeof message.address;
    header->msg_control = NULL;
    header->msg_controllen = 0;
    int64_t received = core_kernel_wait_for_program(SYS_recvmsg, (int)a[0], (long)header, (int)a[2], 0, 0, 0);
    if (received < 0)
        return received;
    const uint64_t no_control = 0;
    if (put_address(&place, &message.address, header->msg_namelen) ||
        core_copy(&theirs->msg_controllen, &no_control, sizeof no_control) ||
        core_copy(&theirs->msg_flags, &header->msg_flags, sizeof header->msg_flags))
        return -EFAULT;
    return received;
}

/* Options that concern the socket alone and are plain values. */
static bool may_set(uint32_t level, uint32_t name)
{
    switch (level) {
    case SOL_SOCKET:
        return name == SO_REUSEADDR || name == SO_REUSEPORT || name == SO_KEEPALIVE || name == SO_BROADCAST ||
               name == SO_RCVBUF || name == SO_SNDBUF || name == SO_RCVTIMEO || name == SO_SNDTIMEO ||
               name == SO_RCVLOWAT;
    case IPPROTO_TCP:
        return name == TCP_NODELAY || name == TCP_CORK || name == TCP_KEEPIDLE || name == TCP_KEEPINTVL ||
               name == TCP_KEEPCNT || name == TCP_QUICKACK || name == TCP_USER_TIMEOUT || name == TCP_MAXSEG;
    case IPPROTO_IP:
        return name == IP_TOS || name == IP_TTL;
    case IPPROTO_IPV6:
        return name == IPV6_V6ONLY || name == IPV6_UNICAST_HOPS || name == IPV6_TCLASS;
    default:
        return false;
    }
}

static bool may_get(uint32_t level, uint32_t name)
{
    return may_set(level, name) ||
           (level == SOL_SOCKET && (name == SO_ERROR || name == SO_TYPE || name == SO_DOMAIN || name == SO_PROTOCOL ||
                                    name == SO_ACCEPTCONN || name == SO_LINGER));
}

int64_t shim_setsockopt(struct thread_block *block, const uint64_t *a)
{
    uint8_t value[OPTION_MAX];
    uint32_t length = (uint32_t)a[4];
    if (!may_set((uint32_t)a[1], (uint32_t)a[2]))
        return -ENOPROTOOPT;
    if (length > sizeof value)
        return -EINVAL;
    if (!core_in_region(block, a[3], length) || core_copy(value, (const void *)a[3], length))
        return -EFAULT;
    return core_kernel(SYS_setsockopt, (int)a[0], (int)a[1], (int)a[2], (long)value, length, 0);
}

int64_t shim_getsockopt(struct thread_block *block, const uint64_t *a)
{
    uint8_t value[OPTION_MAX];
    uint32_t length;
    if (!may_get((uint32_t)a[1], (uint32_t)a[2]))
        return -ENOPROTOOPT;
    if (!core_in_region(block, a[4], sizeof length) || core_copy(&length, (const void *)a[4], sizeof length))
        return -EFAULT;
    if (length > INT32_MAX)
        return -EINVAL;
    if (length > sizeof value)
        length = sizeof value;
    if (!core_in_region(block, a[3], length))
        return -EFAULT;
    int64_t error = core_kernel(SYS_getsockopt, (int)a[0], (int)a[1], (int)a[2], (long)value, (long)&length, 0);
    if (error)
        return error;
    if (core_copy((void *)a[3], value, length) || core_copy((void *)a[4], &length, sizeof length))
        return -EFAULT;
    return 0;
}
