/* SPDX-License-Identifier: BSD-2-Clause
 *
 * nsd, the name service: a tree of namespaces and objects, with the subjects of the objects kept in a vault. Tree and
 * vault are the same at each of its starts.
 */
#include "ukernel/common/deaths.h"
#include "ukernel/common/vault.h"
#include "ukernel/nsd/requests.h"
#include "ukernel/protocol/coproc.h"

#include <comesg/coexec.h>
#include <comesg/commap.h>

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

_Static_assert(sizeof(struct names) <= SERVICE_STATE_SIZE, "the tables have room");

static struct nsd nsd;

static void forget(uint64_t token)
{
    covault_drop(nsd.vault, token);
}

static void died(uint64_t identity)
{
    if (identity != 0)
        clients_died(&nsd.names->clients, identity, names_purge);
    else
        clients_sweep(&nsd.names->clients, deaths_lives, names_purge);
}

static void tidy_vault(void)
{
    static uint64_t tokens[NAMES_MAX];
    size_t count = 0;
    for (uint32_t index = 0; index < nsd.names->used; index++) {
        const struct name_entry *entry = &nsd.names->entries[index];
        if (entry->kind != 0 && entry->token != 0)
            tokens[count++] = entry->token;
    }
    vault_keep_only(nsd.vault, tokens, count);
}

/* Who died while nobody looked is found here too. */
static void recover(void)
{
    uint64_t seed = 0;
    getrandom(&seed, sizeof seed, 0);
    names_recover(nsd.names, seed);
    tidy_vault();
    died(0);
}

static int fail(const char *what, int error)
{
    fprintf(stderr, "nsd: %s: %s\n", what, strerror(error));
    return 1;
}

int main(void)
{
    const struct covector *vector = cogetvec();
    if (vector->count != VECTOR_SIZE) {
        fputs("nsd: a service of the microkernel, started by coprocd: use comesg run\n", stderr);
        return 2;
    }
    nsd = (struct nsd){
        .names = comap_attach(vector->handles[VECTOR_STATE], PROT_READ | PROT_WRITE),
        .vault = vector->handles[VECTOR_VAULT],
        .namespace_seal = vector->handles[NAMES_SEAL_NAMESPACE],
        .object_seal = vector->handles[NAMES_SEAL_OBJECT],
        .reservation_seal = vector->handles[NAMES_SEAL_RESERVATION],
    };
    if (!nsd.names)
        return fail("cannot attach its state", errno);
    names_begin(nsd.names, forget);
    requests_begin(&nsd);
    int error = deaths_begin(vector->handles[VECTOR_PRIVILEGED]);
    if (error)
        return fail("cannot wait for deaths", error);
    const struct server server = {
        .operations = requests_operations,
        .operation_count = requests_operation_count,
        .pool = vector->handles[VECTOR_POOL],
        .recover = recover,
        .died = died,
    };
    return fail("cannot serve", serve(&server));
}
