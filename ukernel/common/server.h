/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The loop in which the worker of a service answers requests. The service has one worker, so that its claim word is the
 * lock of the service's state; it runs on the kernel threads of clients and may lose its context with any of them. It
 * then starts again after `recover`. A service whose state has another lock may have several such threads.
 *
 * A request begins with the number of its operation, a reply with 0 or an errno, see below. What a handler calls must
 * not allocate, lock anything of the C library, or make a system call that moves the worker home.
 */
#ifndef COMESG_UKERNEL_SERVER_H
#define COMESG_UKERNEL_SERVER_H

#include "ukernel/common/state.h"

#include <comesg/copool.h>
#include <comesg/microkernel.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most bytes of a request and of a reply, and the most handles that a reply carries. */
enum { SERVER_REQUEST_MAX = 20480, SERVER_REPLY_MAX = 4096, SERVER_GIVE_MAX = 64 };

/* The most threads that serve. */
enum { SERVER_THREADS = 4 };

/* Operation 0 is how the service tells its worker that clients have died. */
enum { SERVER_DEATH = 0 };

struct server_request {
    uint32_t operation;
};

struct server_reply {
    int32_t error;
};

/* One call. */
struct server_call {
    const void *request; /* a copy, aligned to 16 bytes, which only the handler sees */
    size_t length;       /* bytes of it, at least the operation's request_size */
    void *reply;         /* SERVER_REPLY_MAX bytes; the handler fills in what follows server_reply */
    size_t reply_length; /* in: the operation's reply_size; sent if the handler succeeds */
    uint64_t cookie;     /* of the calling thread */
    size_t handle_count; /* handles that came with the request, at least the operation's handle_count */
    unsigned thread;     /* that serves it */
};

struct server_operation {
    int (*serve)(struct server_call *call); /* 0, or the errno for the reply */
    size_t request_size;                    /* the least; a smaller request gives EINVAL */
    size_t handle_count;                    /* the least; with fewer EBADF */
    size_t reply_size;
};

struct server {
    const struct server_operation *operations; /* by number; those without a handler give ENOSYS */
    size_t operation_count;
    cotarget_t pool;       /* the worker is added to it */
    void (*recover)(void); /* before the first request, and whenever the context was lost: undoes what was begun */
    void (*died)(uint64_t identity);  /* this co-process has died; 0: some have */
    unsigned more_threads;            /* that serve, beside the one that calls serve */
    void (*give_up)(unsigned thread); /* or NULL. After `recover`: the context of this thread was lost */
};

/* Serves for ever, on the calling thread. Returns only an errno if it cannot begin. */
int serve(const struct server *server);

/* Whose attachments and caller the functions below are about: that of thread 0, until this is called. */
void server_act_for(unsigned thread);

/* What was given with a reply, a thread closes when it comes with the next request: has all threads that accept do so
 * now. Never waits. */
void server_close_given(void);

/* On a thread that serves: finds out who calls, for who acts for it. */
void server_note_caller(unsigned thread);

/* Who calls; the answer is good until the handler returns. NULL if the core does not tell. */
const struct cocaller *server_caller(void);

/* True if another thread of the service calls. */
bool server_calls_itself(void);

/* A handle that came with the request and its kind; 0 if there is none with this number, or a file descriptor. It is
 * closed after the handler. */
cohandle_t server_handle(size_t number);
uint32_t server_kind(size_t number);

/* The same, and the service keeps it. */
cohandle_t server_take(size_t number);

/* The same as part of a change: if that is undone, the handle is not kept. */
cohandle_t server_take_in(struct state *state, size_t number);

/* Any attachment that came with the request, as part of a change: then the service keeps it. {0, -1, 0}: there is none
 * with this number. */
struct coattachment server_take_attachment_in(struct state *state, size_t number);

/* Sends this handle with the reply; it is closed afterwards, also if the handler fails. Returns `handle`; 0, with
 * nothing to be sent, if it is 0 or SERVER_GIVE_MAX are sent already. */
cohandle_t server_give(cohandle_t handle);

/* Passes on with the reply, as part of a change, a handle or descriptor that somebody has left with the service. It is
 * the reply's then, and is closed when that has been sent or cannot be. A handle that has been revoked is left out.
 * There may be at most SERVER_GIVE_MAX. */
void server_give_in(struct state *state, const struct coattachment *attachment);

/* For another thread of the service: has the worker call `died`, and waits until it has. ENOLINK: nothing serves yet.
 */
int server_tell_death(uint64_t identity);

#endif
