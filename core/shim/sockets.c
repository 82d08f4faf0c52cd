/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Sockets. Executed by the co-process's own kernel thread.
 *
 * Programs make those of IPv4 and IPv6, for TCP and UDP. Others, which they may have been given, can be used, but not
 * for what sockets of Unix can do besides: naming files, and taking descriptors in. Addresses that they name, and
 * headers, are copied once; the kernel sees the copies only.
 */
#include "core/shim/shim.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

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
    return shim_new_descriptor(block, a);
}

/* An address that the program names: 0, or an error. */
static int64_t fetch_address(const struct thread_block *block, uint64_t address, uint64_t length,
                             struct sockaddr_storage *copy)
{
    if ((uint32_t)length < sizeof copy->ss_family || (uint32_t)length > sizeof *copy)
        return -EINVAL;
    if (core_fetch(block, copy, address, (uint32_t)length))
        return -EFAULT;
    bool known = copy->ss_family == AF_INET || copy->ss_family == AF_INET6 || copy->ss_family == AF_UNSPEC;
    return known ? 0 : -EAFNOSUPPORT;
}

int64_t shim_with_address(struct thread_block *block, const uint64_t *a)
{
    struct sockaddr_storage address;
    int64_t error = fetch_address(block, a[1], a[2], &address);
    if (error)
        return error;
    return core_kernel_wait_for_program(shim_number(block), (int)a[0], (long)&address, (int)a[2], 0, 0, 0);
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
    int64_t error = a[4] ? fetch_address(block, a[4], a[5], &to) : 0;
    if (error)
        return error;
    return core_kernel_wait_for_program(SYS_sendto, (int)a[0], (long)a[1], (long)a[2], (int)a[3], a[4] ? (long)&to : 0,
                                        a[4] ? (int)a[5] : 0);
}

int64_t shim_recvfrom(struct thread_block *block, const uint64_t *a)
{
    return may_receive(a[3]) ? shim_forward(block, a) : -EINVAL;
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
    if (core_fetch(block, header, address, sizeof *header))
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
    struct msghdr *header = &message.header, *theirs = (struct msghdr *)a[1];
    int64_t error = may_receive(a[2]) ? fetch_message(block, a[1], &message) : -EINVAL;
    if (!error && header->msg_name && !core_in_region(block, (uint64_t)header->msg_name, sizeof message.address))
        error = -EFAULT;
    if (error)
        return error;
    header->msg_control = NULL;
    header->msg_controllen = 0;
    int64_t received = core_kernel_wait_for_program(SYS_recvmsg, (int)a[0], (long)header, (int)a[2], 0, 0, 0);
    if (received < 0)
        return received;
    if (core_copy(&theirs->msg_namelen, &header->msg_namelen, sizeof header->msg_namelen) ||
        core_copy(&theirs->msg_controllen, &header->msg_controllen, sizeof header->msg_controllen) ||
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
    return may_set((uint32_t)a[1], (uint32_t)a[2]) ? shim_forward(block, a) : -ENOPROTOOPT;
}

int64_t shim_getsockopt(struct thread_block *block, const uint64_t *a)
{
    return may_get((uint32_t)a[1], (uint32_t)a[2]) ? shim_forward(block, a) : -ENOPROTOOPT;
}
