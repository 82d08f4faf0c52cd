/* SPDX-License-Identifier: BSD-2-Clause
 *
 * verify-rate: how fast texts are verified, next to how fast Zydis alone decodes the same bytes. The peer is
 * ZydisDecoderDecodeFull over the whole text: the one call that gives the operands, without which nothing can be
 * judged.
 */
#include "verifier/tools/executable.h"
#include <Zydis/Zydis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RUNS = 21 };
/* A run passes over the texts until this much time is over, so that small texts can be measured too. */
static const double run_seconds = 0.05;

struct texts {
    struct verifier_text *items;
    size_t count;
    double mebibytes;
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void verify_all(const struct texts *texts)
{
    struct verifier_refusal refusal;
    for (size_t i = 0; i < texts->count; i++)
        if (!verifier_check(&texts->items[i], &refusal))
            abort();
}

static void decode_text(const ZydisDecoder *decoder, const struct verifier_text *text)
{
    ZydisDecodedInstruction decoded;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    for (size_t offset = 0; offset < text->size; offset += decoded.length)
        if (ZYAN_FAILED(ZydisDecoderDecodeFull(decoder, text->bytes + offset, text->size - offset, &decoded, operands)))
            abort();
}

static void decode_all(const struct texts *texts)
{
    ZydisDecoder decoder;
    if (ZYAN_FAILED(ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)))
        abort();
    for (size_t i = 0; i < texts->count; i++)
        decode_text(&decoder, &texts->items[i]);
}

static double measure(void (*work)(const struct texts *), const struct texts *texts)
{
    double start = now();
    double end;
    unsigned passes = 0;
    do {
        work(texts);
        passes++;
        end = now();
    } while (end - start < run_seconds);
    return texts->mebibytes * passes / (end - start);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print(const char *name, double *rates)
{
    qsort(rates, RUNS, sizeof(*rates), compare);
    printf("{\"name\":\"%s\",\"median\":%.2f,\"q1\":%.2f,\"q3\":%.2f,\"unit\":\"MiB/s\",\"runs\":%d}\n", name,
           rates[RUNS / 2], rates[RUNS / 4], rates[RUNS * 3 / 4], RUNS);
}

static int read_texts(char **paths, size_t count, struct texts *texts)
{
    texts->items = calloc(count, sizeof(*texts->items));
    if (texts->items == NULL) {
        fprintf(stderr, "verify-rate: not enough memory\n");
        return 2;
    }
    for (; texts->count < count; texts->count++) {
        struct verifier_text *text = &texts->items[texts->count];
        struct verifier_refusal refusal;
        const char *error = executable_read(paths[texts->count], text);
        if (error == NULL && !verifier_check(text, &refusal))
            error = "refused by the verifier, so there is no rate to measure; run coverify on it";
        if (error != NULL) {
            fprintf(stderr, "verify-rate: %s: %s\n", paths[texts->count], error);
            return 2;
        }
        texts->mebibytes += (double)text->size / (1 << 20);
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct texts texts = {0};
    double verify[RUNS], decode[RUNS];
    if (argc < 2 || strcmp(argv[1], "--help") == 0) {
        fprintf(argc < 2 ? stderr : stdout,
                "Usage: verify-rate FILE...\n"
                "\n"
                "Verifies the executable segments of the FILEs again and again and prints the rate as a line of JSON,\n"
                "and another line with the rate at which Zydis alone decodes the same bytes, operands included.\n");
        return argc < 2 ? 2 : 0;
    }
    int status = read_texts(argv + 1, (size_t)argc - 1, &texts);
    if (status != 0)
        return status;
    for (int i = 0; i < RUNS; i++) {
        verify[i] = measure(verify_all, &texts);
        decode[i] = measure(decode_all, &texts);
    }
    print("verify.rate", verify);
    print("decode.rate", decode);
    return 0;
}
