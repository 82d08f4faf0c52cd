/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a program may do with handles of its own, and every error of it. Prints TAP lines without numbers.
 */
#include <comesg/cocall.h>
#include <comesg/handle.h>

#include <stdbool.h>
#include <stdio.h>

static unsigned failures;

static void check(bool good, const char *what)
{
    printf("%s %s\n", good ? "good" : "bad", what);
    failures += !good;
}

static bool refused(cohandle_t result, int error)
{
    return result == 0 && errno == error;
}

static bool failed(int result, int error)
{
    return result == -1 && errno == error;
}

static void seal_and_unseal(void)
{
    uint64_t badge = 0;
    uint32_t rights = 0;
    cosealed_t sealed = coseal(0x123456789abcdef0, 0x80000001);
    check(sealed != 0 && cohandle_kind(sealed) == COHANDLE_SEALED, "coseal gives a sealed object");
    check(counseal(sealed, &badge, &rights) == 0 && badge == 0x123456789abcdef0 && rights == 0x80000001,
          "counseal reads badge and rights");
    check(counseal(sealed, NULL, NULL) == 0, "counseal of nothing");
    check(failed(counseal(sealed, (uint64_t *)8, NULL), EFAULT), "counseal to a bad address");
    cosealed_t weaker = corestrict(sealed, 1);
    check(counseal(weaker, &badge, &rights) == 0 && rights == 1, "corestrict takes rights away");
    check(refused(corestrict(weaker, 0x80000000), EACCES), "corestrict gives none");
    check(refused(corestrict(sealed, 0), EINVAL), "corestrict to no rights");
    check(cohandle_close(sealed) == 0 && counseal(weaker, &badge, NULL) == 0 && badge == 0x123456789abcdef0,
          "a derived handle survives cohandle_close");
    check(failed(counseal(sealed, NULL, NULL), EBADF), "a closed handle is none");
    check(failed(cohandle_close(sealed), EBADF), "cohandle_close twice");
    cosealed_t again = codup(weaker);
    check(corevoke(weaker) == 0 && failed(counseal(again, NULL, NULL), EBADF), "corevoke ends what was derived");
    check(failed(corevoke(weaker), EBADF), "corevoke twice");
}

static void targets(void)
{
    cotarget_t target, same;
    check(coregister(NULL, NULL, &target) == 0 && coregister(NULL, NULL, &same) == 0 && target == same,
          "coregister gives the same handle");
    check(cohandle_kind(target) == COHANDLE_TARGET, "it is a target");
    cotarget_t copy = corestrict(target, CORIGHT_CALL);
    check(copy != 0 && cocall(copy, NULL, 0, NULL, 0) == -1 && errno == EDEADLK, "a copy of it is called");
    check(refused(corestrict(target, CORIGHT_R), EINVAL), "corestrict to rights of another kind");
    check(failed(counseal(target, NULL, NULL), EBADF), "counseal of a target");
    check(corevoke(target) == 0 && cocall(copy, NULL, 0, NULL, 0) == -1 && errno == EBADF, "a revoked target");
}

static void forged(void)
{
    static const cohandle_t values[] = {0, 1, 0x80000000, UINT64_MAX, UINT64_C(1) << 32, 0x100000001, 0x1ffffffff};
    bool good = true;
    for (unsigned i = 0; i < sizeof values / sizeof values[0]; i++) {
        good = good && failed(cohandle_kind(values[i]), EBADF) && refused(codup(values[i]), EBADF) &&
               refused(corestrict(values[i], 1), EBADF) && failed(corevoke(values[i]), EBADF) &&
               failed(cohandle_close(values[i]), EBADF) && failed(counseal(values[i], NULL, NULL), EBADF);
    }
    check(good, "forged values are no handles");
}

static void fill_the_table(void)
{
    static cosealed_t sealed[5000];
    unsigned count = 0;
    while (count < 5000 && (sealed[count] = coseal(count, 1)) != 0)
        count++;
    printf("%u handles\n", count);
    check(count > 4000 && count <= 4096 && errno == EDQUOT, "the quota of handles");
    check(refused(codup(sealed[0]), EDQUOT), "codup beyond the quota");
    check(cohandle_close(sealed[7]) == 0 && (sealed[7] = codup(sealed[8])) != 0, "room for one again");
    uint64_t badge;
    check(counseal(sealed[7], &badge, NULL) == 0 && badge == 8, "it is the new one");
    for (unsigned i = 0; i < count; i++)
        cohandle_close(sealed[i]);
}

int main(void)
{
    forged();
    seal_and_unseal();
    targets();
    fill_the_table();
    forged();
    return failures != 0;
}
