/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libFuzzer harness: whatever the verifier accepts must satisfy the second opinion.
 */
#include "comesg/abi.h"
#include "verifier/fuzz/recheck.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct verifier_text text = {data, size, COMESG_IMAGE_START + 0x1000};
    struct verifier_refusal refusal;
    uint64_t address;
    if (!verifier_check(&text, &refusal))
        return 0;
    const char *error = recheck(&text, &address);
    if (error != NULL) {
        fprintf(stderr, "accepted, but at 0x%" PRIx64 ": %s\n", address, error);
        abort();
    }
    return 0;
}
