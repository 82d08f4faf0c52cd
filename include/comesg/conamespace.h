/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Namespaces (libcomsg: link with -lcomsg): a tree of names under which co-processes find each other's ports, services
 * and memory objects.  handle.h explains handles, rights and common errors; coproc.h explains the transport errors,
 * which every call here can give.  No call here waits for anything but its service.
 *
 * A name is 1 to 91 bytes of [A-Za-z0-9._-], not "." or ".."; ENAMETOOLONG if longer, otherwise EINVAL. The objects and
 * the child namespaces of a namespace share one set of names. Where a name is wanted, a path "a/b/c" is taken, at most
 * 1023 bytes: a and b are namespaces that exist (ENOENT; ENOTDIR an object), of a type that can be opened by name
 * (EACCES a PRIVATE one). A path is followed with the rights of the handle it starts from, at most CORIGHT_WR. No
 * component is empty (EINVAL).
 *
 * What fails has changed nothing, but for one case: if another thread uses up the quota of handles during the call,
 * EDQUOT may come after the name was made or the reservation filled.
 */
#ifndef COMESG_CONAMESPACE_H
#define COMESG_CONAMESPACE_H

#include <comesg/coproc.h>
#include <comesg/handle.h>

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CONAME_MAX 91   /* bytes of a name, without the 0 at its end */
#define COPATH_MAX 1023 /* bytes of a path, without the 0 at its end */

/* Types of namespaces. */
enum {
    ROOT = 1,        /* the one at the top; cannot be made or dropped */
    APPLICATION = 2, /* only directly under ROOT: shared by programs that agree on a name */
    PRIVATE = 4,     /* anywhere; never opened by name, only passed on as a handle */
    PUBLIC = 8,      /* anywhere; opened by name */
    LIBRARY = 16     /* as APPLICATION, for libraries */
};

/* Types of objects, by what they stand for. */
enum {
    RESERVATION = 0, /* nothing yet */
    COMMAP = 1,      /* a memory object */
    COPORT = 2,      /* a port */
    COSERVICE = 4    /* a service */
};

/* Makes the namespace `name` in `parent`, or opens it if there is one of this type.
 *
 *   type    APPLICATION, PRIVATE, PUBLIC or LIBRARY
 *   parent  CORIGHT_RO to open, CORIGHT_WR to make
 *
 * Returns a handle with CORIGHT_OWN if it made the namespace, otherwise with the rights of `parent`, at most
 * CORIGHT_WR; 0 on failure. Errors: EINVAL ROOT, no such type, or a type that may not be in `parent`; EEXIST the name
 * belongs to an object, to a namespace of another type or to a PRIVATE one; EACCES; ENOENT, ENOTDIR, ENAMETOOLONG;
 * EBADF, EFAULT, EDQUOT, ENOMEM. A namespace stays until it is dropped, or until the co-process that made it has ended
 * and it is empty. */
conamespace_t cocreate(const char *name, int type, conamespace_t parent);

/* Deletes the namespace `ns` from `parent`. Its handles stop working (EBADF).
 *
 *   ns      CORIGHT_OWN
 *   parent  the namespace that it is in; any right
 *
 * codrop refuses a namespace that is not empty; codrop_recursive deletes all that is in it, namespaces of others
 * included, without closing what the objects stand for. Returns 0. Errors: ENOTEMPTY; EPERM the root; EINVAL `ns` is
 * not in `parent`; EACCES, EBADF. */
int codrop(conamespace_t ns, conamespace_t parent);
int codrop_recursive(conamespace_t ns, conamespace_t parent);

/* Makes an object.
 *
 *   type     what it stands for
 *   subject  a port, memory object or service, as type says; ignored for a RESERVATION. Who uses the object gets
 *            handles derived from this one, with at most its rights: corestrict it first to give less
 *   ns       CORIGHT_WR
 *
 * Returns a handle to the object with CORIGHT_R and CORIGHT_D, for a RESERVATION also CORIGHT_W; 0 on failure. Errors:
 * EEXIST the name is taken; EINVAL no such type; EACCES; ENOENT, ENOTDIR, ENAMETOOLONG; EBADF, also if `subject` is not
 * of this type; EFAULT, EDQUOT, ENOMEM. An object stays until it is deleted or the co-process that made it ends. */
coobject_t coinsert(const char *name, int type, cohandle_t subject, conamespace_t ns);

/* Finds an object.
 *
 *   type  as it was inserted or updated; a reservation that is not filled is found as RESERVATION only
 *   ns    CORIGHT_RO
 *
 * Returns a handle to the object, 0 on failure: with CORIGHT_R, and if `ns` has CORIGHT_OWN and `name` is no path also
 * with CORIGHT_D and, for a RESERVATION, CORIGHT_W. Errors: ENOENT no such name, or it is of another type; EINVAL no
 * such type; EACCES; ENOTDIR, ENAMETOOLONG; EBADF, EFAULT, EDQUOT, ENOMEM. */
coobject_t coselect(const char *name, int type, conamespace_t ns);

/* Gives a handle to what `object` stands for: a port, memory object or service, of the rights that the subject had when
 * it was inserted. Needs CORIGHT_R. Returns 0 on failure. Errors: ENODEV still a reservation; ENOLINK also: the subject
 * has died; EACCES, EBADF, EDQUOT, ENOMEM. */
cohandle_t coobject_subject(coobject_t object);

/* Deletes an object, whose handles stop working (EBADF). What it stands for is not closed.
 *
 *   object  CORIGHT_D
 *   ns      the namespace that it is in; any right
 *
 * Returns 0. Errors: EINVAL `object` is not in `ns`; EACCES, EBADF. */
int codelete(coobject_t object, conamespace_t ns);

/* Fills a reservation, once.
 *
 *   object   CORIGHT_W
 *   type     COMMAP, COPORT or COSERVICE
 *   subject  as for coinsert
 *
 * Returns a handle to the object, without CORIGHT_W and otherwise with the rights of `object`, which is closed; 0 on
 * failure, when `object` stays. Errors: ENODEV it is filled already or never was a reservation; EINVAL RESERVATION or
 * no such type; EACCES; EBADF, also if `subject` is not of this type; EDQUOT, ENOMEM. Of two that try at once, one
 * succeeds. Further handles to the reservation go on working, as handles to the object. */
coobject_t coupdate(coobject_t object, int type, cohandle_t subject);

/* One name in a namespace. */
struct coname {
    uint32_t kind;             /* COHANDLE_NAMESPACE, COHANDLE_OBJECT or COHANDLE_RESERVATION */
    uint32_t type;             /* of the namespace or object, as above */
    char name[CONAME_MAX + 1]; /* ends in 0 */
};

/* Lists the names in a namespace, in no order, PRIVATE namespaces included.
 *
 *   ns        CORIGHT_RO
 *   position  0 before the first call, and then as the last call left it
 *   names, n  receives at most n names
 *
 * Returns how many names it gave, 0 at the end. What is inserted or deleted in the meantime may or may not be told; all
 * else is told once. Errors: EINVAL n is 0, or not a position; EACCES, EBADF, EFAULT. */
ssize_t colist(conamespace_t ns, uint64_t *position, struct coname *names, size_t n);

#ifdef __cplusplus
}
#endif

#endif
