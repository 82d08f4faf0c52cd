/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Every call of conamespace.h: what it does, and each of its errors.
 */
#include "check.h"

#include <comesg/commap.h>
#include <comesg/conamespace.h>

#include <stdint.h>

static conamespace_t root;

static comemory_t memory(void)
{
    return commap(1, PROT_READ | PROT_WRITE);
}

static void creating(void)
{
    conamespace_t ours = cocreate("create", PUBLIC, root), again, reader, inner;
    check(ours && cohandle_kind(ours) == COHANDLE_NAMESPACE, "a namespace is made");
    again = cocreate("create", PUBLIC, root);
    check(again && again != ours && failed(codrop(again, root), EACCES), "and opened, with no right to drop it");
    check(coinsert("by-opener", RESERVATION, 0, again) != 0, "but to write");
    check(refused(cocreate("x", ROOT, root), EINVAL) && refused(cocreate("x", 3, root), EINVAL) &&
              refused(cocreate("x", -1, root), EINVAL) && refused(cocreate("x", 0, root), EINVAL),
          "not of every type");
    check(refused(cocreate("x", APPLICATION, ours), EINVAL) && refused(cocreate("x", LIBRARY, ours), EINVAL),
          "APPLICATION and LIBRARY not deeper");
    check(cocreate("application", APPLICATION, root) && cocreate("library", LIBRARY, root) &&
              cocreate("application", APPLICATION, root),
          "but under the root, to be shared");
    check(cocreate("private", PRIVATE, ours) && refused(cocreate("private", PRIVATE, ours), EEXIST),
          "a private one cannot be opened");
    check(refused(cocreate("application", LIBRARY, root), EEXIST) &&
              refused(cocreate("by-opener", PUBLIC, ours), EEXIST),
          "another type, or an object");
    reader = corestrict(ours, CORIGHT_RO);
    inner = cocreate("inner", PUBLIC, ours);
    check(reader && inner && refused(cocreate("new", PUBLIC, reader), EACCES), "who may only read makes none");
    again = cocreate("inner", PUBLIC, reader);
    check(again && refused(coinsert("x", RESERVATION, 0, again), EACCES), "and opens one only to read");
    check(cocreate("inner/deep", PUBLIC, ours) && cocreate("create/inner/deep", PUBLIC, root), "paths");
    check(refused(cocreate("inner/none/x", PUBLIC, ours), ENOENT) &&
              refused(cocreate("by-opener/x", PUBLIC, ours), ENOTDIR) &&
              refused(cocreate("private/x", PUBLIC, ours), EACCES),
          "that lead nowhere, through an object, or through a private namespace");
    check(refused(cocreate("x", PUBLIC, 0), EBADF) && refused(cocreate("x", PUBLIC, memory()), EBADF), "no namespace");
    check(codrop_recursive(ours, root) == 0, "all that can be dropped");
}

static void naming(void)
{
    char longest[CONAME_MAX + 2], path[COPATH_MAX + 2];
    memset(longest, 'l', sizeof longest);
    longest[CONAME_MAX + 1] = 0;
    check(refused(coinsert(longest, RESERVATION, 0, root), ENAMETOOLONG), "a name that is too long");
    longest[CONAME_MAX] = 0;
    coobject_t object = coinsert(longest, RESERVATION, 0, root);
    check(object && codelete(object, root) == 0, "the longest name");
    memset(path, 'p', sizeof path);
    path[COPATH_MAX + 1] = 0;
    check(refused(coselect(path, RESERVATION, root), ENAMETOOLONG), "a path that is too long");
    for (size_t i = 1; i < COPATH_MAX; i += 2)
        path[i] = '/';
    check(refused(coselect(path, RESERVATION, root), ENAMETOOLONG), "also of short names");
    path[COPATH_MAX] = 0;
    check(refused(coselect(path, RESERVATION, root), ENOENT), "the longest path");
    check(refused(coinsert("", RESERVATION, 0, root), EINVAL) && refused(coinsert(".", RESERVATION, 0, root), EINVAL) &&
              refused(coinsert("..", RESERVATION, 0, root), EINVAL) &&
              refused(coinsert("a b", RESERVATION, 0, root), EINVAL) &&
              refused(coinsert("/a", RESERVATION, 0, root), EINVAL) &&
              refused(coinsert("a//b", RESERVATION, 0, root), EINVAL) &&
              refused(coinsert("a/", RESERVATION, 0, root), EINVAL),
          "what is no name");
    check(refused(coinsert(NULL, RESERVATION, 0, root), EFAULT) &&
              refused(coinsert((const char *)(uintptr_t)0xfffff000, RESERVATION, 0, root), EFAULT),
          "what cannot be read");
    char *end = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(end != MAP_FAILED && mprotect(end + 4096, 4096, PROT_NONE) == 0, "two pages");
    strcpy(end + 4096 - 4, "end");
    object = coinsert(end + 4096 - 4, RESERVATION, 0, root);
    check(object && codelete(object, root) == 0, "a name at the end of memory");
    end[4095] = 'x';
    check(refused(coinsert(end + 4096 - 4, RESERVATION, 0, root), EFAULT), "or beyond it");
}

static void inserting(void)
{
    conamespace_t ours = cocreate("insert", PUBLIC, root), reader = corestrict(ours, CORIGHT_RO);
    comemory_t subject = memory();
    need(ours && reader && subject, "what is inserted");
    coobject_t object = coinsert("object", COMMAP, subject, ours);
    check(object && cohandle_kind(object) == COHANDLE_OBJECT, "an object is made");
    check(refused(coinsert("object", COMMAP, subject, ours), EEXIST) &&
              refused(coinsert("object", RESERVATION, 0, ours), EEXIST),
          "once");
    check(cocreate("space", PUBLIC, ours) && refused(coinsert("space", COMMAP, subject, ours), EEXIST),
          "not where a namespace is");
    check(refused(coinsert("x", 3, subject, ours), EINVAL) && refused(coinsert("x", 5, 0, ours), EINVAL), "of a type");
    check(refused(coinsert("x", COMMAP, 0, ours), EBADF) && refused(coinsert("x", COPORT, subject, ours), EBADF) &&
              refused(coinsert("x", COSERVICE, subject, ours), EBADF) &&
              refused(coinsert("x", COMMAP, ours, ours), EBADF),
          "with a subject of this type");
    check(refused(coinsert("x", COMMAP, subject, reader), EACCES), "not by who may only read");
    check(refused(coinsert("x", COMMAP, subject, 0), EBADF) && refused(coinsert("x", COMMAP, subject, subject), EBADF),
          "in a namespace");
    check(coinsert("space/deep", COMMAP, subject, ours) && coselect("insert/space/deep", COMMAP, root), "by a path");
    check(refused(coinsert("none/x", COMMAP, subject, ours), ENOENT) &&
              refused(coinsert("object/x", COMMAP, subject, ours), ENOTDIR),
          "that exists");
    codrop_recursive(ours, root);
}

static void selecting(void)
{
    conamespace_t ours = cocreate("select", PUBLIC, root), reader = corestrict(ours, CORIGHT_RO);
    coobject_t object = coinsert("object", COMMAP, memory(), ours);
    coobject_t reservation = coinsert("reservation", RESERVATION, 0, ours);
    need(object && reservation && reader, "what is selected");
    coobject_t found = coselect("object", COMMAP, reader);
    check(found && cohandle_kind(found) == COHANDLE_OBJECT, "an object is found");
    check(failed(codelete(found, ours), EACCES), "by a reader, who cannot delete it");
    check(refused(coselect("object", COPORT, ours), ENOENT) && refused(coselect("object", RESERVATION, ours), ENOENT),
          "by its type");
    check(refused(coselect("none", COMMAP, ours), ENOENT) && refused(coselect("none/x", COMMAP, ours), ENOENT),
          "or not");
    check(refused(coselect("object", 9, ours), EINVAL) && refused(coselect("object/x", COMMAP, ours), ENOTDIR),
          "errors");
    check(refused(coselect("object", COMMAP, 0), EBADF) && refused(coselect("object", COMMAP, object), EBADF),
          "no namespace");
    found = coselect("reservation", RESERVATION, reader);
    check(found && cohandle_kind(found) == COHANDLE_RESERVATION && refused(coupdate(found, COMMAP, memory()), EACCES),
          "a reservation that a reader cannot fill");
    found = coselect("select/reservation", RESERVATION, root);
    check(found && failed(codelete(found, ours), EACCES), "nor who found it by a path");
    found = coselect("reservation", RESERVATION, ours);
    check(found && coupdate(found, COMMAP, memory()), "but the owner of the namespace");
    found = coselect("object", COMMAP, ours);
    check(found && codelete(found, ours) == 0, "who deletes what is in it, too");
    codrop_recursive(ours, root);
}

static bool stores(cohandle_t object, int value)
{
    cohandle_t subject = coobject_subject(object);
    int *there = subject ? comap_attach(subject, PROT_READ | PROT_WRITE) : NULL;
    if (there)
        *there = value;
    return there != NULL && cohandle_close(subject) == 0;
}

static void subjects(void)
{
    conamespace_t ours = cocreate("subjects", PUBLIC, root);
    comemory_t subject = memory(), weak = corestrict(subject, CORIGHT_R);
    const int *here = comap_attach(subject, PROT_READ);
    coobject_t object = coinsert("strong", COMMAP, subject, ours), reader = coinsert("weak", COMMAP, weak, ours);
    coobject_t reservation = coinsert("reservation", RESERVATION, 0, ours);
    need(here && object && reader && reservation, "subjects");
    check(stores(object, 42) && *here == 42, "a subject is the same memory");
    cohandle_t got = coobject_subject(reader);
    check(got && comap_attach(got, PROT_READ) && !comap_attach(got, PROT_READ | PROT_WRITE),
          "with the rights that it had");
    check(refused(coobject_subject(reservation), ENODEV), "a reservation has none");
    check(refused(coobject_subject(0), EBADF) && refused(coobject_subject(ours), EBADF), "no object");
    coobject_t deletable = corestrict(object, CORIGHT_D);
    check(deletable && refused(coobject_subject(deletable), EACCES), "no right to use it");
    cohandle_close(subject);
    check(stores(object, 43) && *here == 43, "it stays although its maker closes his handle");
    corevoke(weak);
    check(refused(coobject_subject(reader), ENOLINK), "until that is revoked");
    check(codelete(object, ours) == 0 && refused(coobject_subject(object), EBADF), "or the object deleted");
    codrop_recursive(ours, root);
}

static void reservations(void)
{
    conamespace_t ours = cocreate("reservations", PUBLIC, root);
    coobject_t reservation = coinsert("name", RESERVATION, 0, ours), second = codup(reservation);
    comemory_t subject = memory();
    need(reservation && second && subject, "a reservation");
    check(cohandle_kind(reservation) == COHANDLE_RESERVATION, "its kind");
    check(refused(coselect("name", COMMAP, ours), ENOENT), "is not found as what it will be");
    check(refused(coupdate(reservation, RESERVATION, 0), EINVAL) && refused(coupdate(reservation, 7, subject), EINVAL),
          "is not filled with nothing");
    check(refused(coupdate(reservation, COPORT, subject), EBADF) && refused(coupdate(reservation, COMMAP, 0), EBADF),
          "nor with another kind of thing");
    coobject_t weak = corestrict(reservation, CORIGHT_R | CORIGHT_D);
    check(weak && refused(coupdate(weak, COMMAP, subject), EACCES), "nor without the right");
    coobject_t object = coupdate(reservation, COMMAP, subject);
    check(object && cohandle_kind(object) == COHANDLE_OBJECT && refused(coobject_subject(reservation), EBADF),
          "becomes an object, and the handle another");
    check(refused(coupdate(second, COMMAP, subject), ENODEV) && refused(coupdate(object, COMMAP, subject), ENODEV),
          "once");
    check(stores(second, 1) && stores(object, 2) && coselect("name", COMMAP, ours), "and is used as one");
    check(refused(coselect("name", RESERVATION, ours), ENOENT), "no longer a reservation");
    check(failed(codelete(object, root), EINVAL) && codelete(object, ours) == 0, "and deleted as one");
    check(refused(coupdate(second, COMMAP, subject), EBADF) && refused(coupdate(0, COMMAP, subject), EBADF),
          "what is gone is not filled");
    codrop(ours, root);
}

static void deleting(void)
{
    conamespace_t ours = cocreate("delete", PUBLIC, root), reader = corestrict(ours, CORIGHT_RO);
    coobject_t object = coinsert("object", COMMAP, memory(), ours), weak = corestrict(object, CORIGHT_R);
    coobject_t reservation = coinsert("reservation", RESERVATION, 0, ours), found = coselect("object", COMMAP, ours);
    need(object && weak && reservation && reader && found, "what is deleted");
    cohandle_t subject = coobject_subject(object);
    check(failed(codelete(weak, ours), EACCES), "not without the right");
    check(failed(codelete(object, root), EINVAL) && failed(codelete(object, 0), EBADF) &&
              failed(codelete(object, subject), EBADF) && failed(codelete(ours, ours), EBADF),
          "not elsewhere");
    check(codelete(object, reader) == 0, "whatever the rights on the namespace");
    check(failed(codelete(object, ours), EBADF) && failed(codelete(found, ours), EBADF) &&
              refused(coselect("object", COMMAP, ours), ENOENT),
          "its name and handles are gone");
    check(subject && comap_size(subject) > 0, "its subject is not");
    check(codelete(reservation, ours) == 0, "a reservation that nobody filled");
    check(coinsert("object", COMMAP, subject, ours) && failed(codelete(object, ours), EBADF),
          "old handles do not name what is new");
    codrop_recursive(ours, root);
}

static void dropping(void)
{
    conamespace_t ours = cocreate("drop", PUBLIC, root), weak = corestrict(ours, CORIGHT_WR);
    conamespace_t inner = cocreate("inner", PRIVATE, ours), deep = cocreate("deep", PUBLIC, inner);
    coobject_t object = coinsert("object", COMMAP, memory(), deep);
    need(ours && weak && inner && deep && object, "what is dropped");
    check(failed(codrop(ours, root), ENOTEMPTY), "not while something is in it");
    check(failed(codrop_recursive(weak, root), EACCES), "not without the right");
    check(failed(codrop(root, root), EPERM) && failed(codrop_recursive(root, root), EPERM), "never the root");
    check(failed(codrop_recursive(deep, ours), EINVAL) && failed(codrop(0, root), EBADF) &&
              failed(codrop(deep, object), EBADF) && failed(codrop(object, deep), EBADF),
          "nor what is elsewhere or no namespace");
    check(codrop_recursive(ours, root) == 0, "with all that is in it");
    check(failed(codrop(deep, inner), EBADF) && refused(cocreate("x", PUBLIC, inner), EBADF) &&
              refused(coobject_subject(object), EBADF) && refused(coselect("x", COMMAP, weak), EBADF),
          "whose handles are void");
    ours = cocreate("drop", PUBLIC, root);
    check(ours && codrop(ours, corestrict(root, CORIGHT_RO)) == 0, "an empty one, whatever the rights above");
}

/* Marks what is listed; false if something is told twice. */
static bool mark(const struct coname *names, ssize_t count, bool *seen)
{
    for (ssize_t i = 0; i < count; i++) {
        int number = atoi(names[i].name + 1);
        if (names[i].name[0] != 'n' || seen[number])
            return false;
        seen[number] = true;
    }
    return true;
}

static void listing(void)
{
    enum { MANY = 100 };
    struct coname names[80];
    bool seen[MANY] = {false}, good = true;
    uint64_t position = 0, wrong = 1;
    char name[8];
    conamespace_t ours = cocreate("list", PUBLIC, root);
    check(colist(ours, &position, names, 80) == 0 && position == 0, "nothing");
    coinsert("n1", COMMAP, memory(), ours);
    coinsert("n2", RESERVATION, 0, ours);
    cocreate("n3", PRIVATE, ours);
    check(colist(ours, &position, names, 80) == 3, "three names");
    check(names[0].kind == COHANDLE_OBJECT && names[0].type == COMMAP && strcmp(names[0].name, "n1") == 0 &&
              names[1].kind == COHANDLE_RESERVATION && names[1].type == RESERVATION &&
              names[2].kind == COHANDLE_NAMESPACE && names[2].type == PRIVATE && strcmp(names[2].name, "n3") == 0,
          "what they are");
    check(colist(ours, &position, names, 80) == 0, "and no more");
    for (int i = 4; i < MANY; i++) {
        snprintf(name, sizeof name, "n%d", i);
        good &= coinsert(name, RESERVATION, 0, ours) != 0;
    }
    position = 0;
    seen[0] = true;
    for (size_t n = 1; n < 80; n = 2 * n + 1)
        good &= mark(names, colist(ours, &position, names, n), seen);
    good &= mark(names, colist(ours, &position, names, 80), seen);
    for (int i = 0; i < MANY; i++)
        good &= seen[i];
    check(good, "many, in pieces, each once");
    check(failed(colist(ours, &position, names, 0), EINVAL) && failed(colist(ours, &wrong, names, 1), EINVAL),
          "errors");
    check(failed(colist(ours, NULL, names, 1), EFAULT) &&
              (position = 0, failed(colist(ours, &position, NULL, 1), EFAULT)),
          "what cannot be written");
    check(failed(colist(0, &position, names, 1), EBADF) && failed(colist(memory(), &position, names, 1), EBADF),
          "no namespace");
    codrop_recursive(ours, root);
}

static void quota(void)
{
    conamespace_t ours = cocreate("quota", PUBLIC, root);
    unsigned count = 0;
    char name[16];
    for (;;) {
        snprintf(name, sizeof name, "n%u", count);
        coobject_t object = coinsert(name, RESERVATION, 0, ours);
        if (!object)
            break;
        cohandle_close(object);
        if (++count > 100000)
            break;
    }
    check(errno == EDQUOT && count > 500 && count < 100000, "names are counted");
    check(refused(cocreate("more", PUBLIC, root), EDQUOT), "namespaces too");
    coobject_t one = coselect("n7", RESERVATION, ours);
    check(one && codelete(one, ours) == 0 && coinsert("again", RESERVATION, 0, ours),
          "one that is deleted counts no more");
    check(codrop_recursive(ours, root) == 0 && cocreate("more", PUBLIC, root), "and all are given back");
}

int main(void)
{
    check(refused(cocreate("early", PUBLIC, 1), ENOTCONN) && refused(coselect("x", COMMAP, 1), ENOTCONN),
          "before joining");
    root = coproc_init();
    need(root != 0, "joining");
    check(cohandle_kind(root) == COHANDLE_NAMESPACE, "the root is a namespace");
    creating();
    naming();
    inserting();
    selecting();
    subjects();
    reservations();
    deleting();
    dropping();
    listing();
    quota();
    return failures != 0;
}
