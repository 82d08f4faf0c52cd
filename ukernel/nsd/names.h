/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The tree of names: tables and the changes of them. No handles here: subjects are tokens.
 *
 * Every entry is a namespace or an object. Links are indices, 0 is none: the root, which is entry 0, has no brothers
 * and sisters. Each function here changes the tables in steps that are each committed, and after each of which they are
 * consistent. Functions that can fail give 0 or an errno.
 */
#ifndef UKERNEL_NSD_NAMES_H
#define UKERNEL_NSD_NAMES_H

#include "ukernel/common/clients.h"

#include <comesg/conamespace.h>

#ifndef NAMES_MAX
#define NAMES_MAX 65536 /* tests have fewer */
#endif
_Static_assert((NAMES_MAX & (NAMES_MAX - 1)) == 0 && NAMES_MAX <= 1 << 20,
               "a power of two; list positions have 20 bits");

struct name_entry {
    uint32_t generation;     /* of this place, from 1 on */
    uint32_t kind;           /* COHANDLE_NAMESPACE, COHANDLE_OBJECT, or 0: free */
    uint32_t type;           /* of the namespace or object */
    uint32_t parent;         /* the namespace it is in */
    uint32_t next, previous; /* in it; a free place: the next free one */
    uint32_t first, last;    /* in this namespace */
    uint32_t bucket_next;    /* with the same hash */
    uint32_t owner;          /* client + 1, or 0: dead, or the root */
    uint32_t owner_next, owner_previous;
    uint64_t serial; /* when it was made */
    uint64_t token;  /* of the subject in the vault; 0: none */
    char name[CONAME_MAX + 1];
    uint32_t reserved;
};

struct names {
    struct state state;
    uint64_t seed;   /* of the hash, so that nobody can choose names that meet */
    uint64_t serial; /* of the last entry made */
    uint32_t free;   /* first free place among those below `used` */
    uint32_t used;   /* places from here on were never used */
    uint32_t reserved[2];
    struct clients clients;
    uint32_t buckets[NAMES_MAX];
    struct name_entry entries[NAMES_MAX];
};

/* What to do with the token of an entry that has gone. */
typedef void names_forget(uint64_t token);

/* Makes the tables good after a start or a loss: rolls back, makes the root if there is none, and removes empty
 * namespaces of dead owners. */
void names_recover(struct names *names, uint64_t seed);

/* Badges of handles: entry, and its generation in the upper half. names_at gives false if the entry is gone. */
uint64_t names_badge(const struct names *names, uint32_t index);
bool names_at(const struct names *names, uint64_t badge, uint32_t *index);

/* A path from a namespace: the namespace in which its last part is, and that part. */
struct place {
    uint32_t parent;
    const char *name;
    size_t length;
    bool direct; /* the path is one name */
};

int names_follow(const struct names *names, uint32_t from, const char *path, size_t length, struct place *place);

/* Gives 0 if there is none. */
uint32_t names_find(const struct names *names, const struct place *place);

/* True if a namespace of this type may be in this one. */
bool names_may_be_in(const struct names *names, uint32_t type, uint32_t parent);

/* Makes an entry that this client owns. EDQUOT, ENOMEM; that nothing has the name is known. */
int names_make(struct names *names, const struct place *place, uint32_t kind, uint32_t type, uint64_t token,
               struct client *client, uint64_t limit, uint32_t *index);

/* Gives a reservation its type and subject. */
void names_fill(struct names *names, uint32_t index, uint32_t type, uint64_t token);

/* Removes an entry with all that is in it, and namespaces above it that are empty then and whose owner is dead. */
void names_remove(struct names *names, uint32_t index);

/* Removes what a dead client owned, except namespaces that are not empty. */
client_purge names_purge;

/* Lists up to n names. EINVAL no position. */
int names_list(const struct names *names, uint32_t parent, uint64_t *position, struct coname *list, uint32_t n,
               uint32_t *count);

/* For names_remove and names_purge, which work on the tables begun last. */
void names_begin(struct names *names, names_forget *forget);

#endif
