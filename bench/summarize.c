/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Turns samples, lines of run, name, value and unit, into one JSON object per quantity: median and quartiles. Ratios
 * are made of samples of the same run.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: summarize [RATIO=NAME/NAME]... <SAMPLES\n"
    "SAMPLES are lines: RUN NAME VALUE UNIT. Prints a line of JSON for each NAME and each RATIO.\n";

enum { NAME_SIZE = 64, UNIT_SIZE = 16, QUANTITIES = 256, RUNS = 1000, EXIT_USAGE = 2 };

struct quantity {
    char name[NAME_SIZE];
    char unit[UNIT_SIZE];
    double values[RUNS]; /* by run; not a number if there is none */
};

static struct quantity quantities[QUANTITIES];
static size_t quantity_count;

_Noreturn static void fail(const char *problem, const char *what)
{
    fprintf(stderr, "summarize: %s: %s\n", problem, what);
    exit(EXIT_FAILURE);
}

static struct quantity *find(const char *name)
{
    for (size_t i = 0; i < quantity_count; i++) {
        if (strcmp(quantities[i].name, name) == 0)
            return &quantities[i];
    }
    return NULL;
}

static struct quantity *add(const char *name, const char *unit)
{
    if (quantity_count == QUANTITIES)
        fail("too many quantities", name);
    struct quantity *quantity = &quantities[quantity_count++];
    snprintf(quantity->name, sizeof quantity->name, "%s", name);
    snprintf(quantity->unit, sizeof quantity->unit, "%s", unit);
    for (int run = 0; run < RUNS; run++)
        quantity->values[run] = __builtin_nan("");
    return quantity;
}

static void read_samples(void)
{
    char line[256], name[NAME_SIZE], unit[UNIT_SIZE];
    int run;
    double value;
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "%d %63s %lf %15s", &run, name, &value, unit) != 4 || run < 0 || run >= RUNS)
            fail("not a sample", line);
        struct quantity *quantity = find(name);
        if (!quantity)
            quantity = add(name, unit);
        quantity->values[run] = value;
    }
}

static void add_ratio(const char *definition)
{
    char name[NAME_SIZE], upper[NAME_SIZE], lower[NAME_SIZE];
    if (sscanf(definition, "%63[^=]=%63[^/]/%63s", name, upper, lower) != 3)
        fail("not a ratio", definition);
    const struct quantity *numerator = find(upper), *denominator = find(lower);
    if (!numerator || !denominator)
        fail("no samples for the ratio", definition);
    struct quantity *ratio = add(name, "ratio");
    for (int run = 0; run < RUNS; run++)
        ratio->values[run] = numerator->values[run] / denominator->values[run];
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* The value below which `share` of the sorted values lie, interpolated. */
static double quantile(const double *sorted, size_t count, double share)
{
    double place = share * (double)(count - 1);
    size_t below = (size_t)place;
    if (below + 1 == count)
        return sorted[below];
    return sorted[below] + (place - (double)below) * (sorted[below + 1] - sorted[below]);
}

static void print(const struct quantity *quantity)
{
    double sorted[RUNS];
    size_t count = 0;
    for (int run = 0; run < RUNS; run++) {
        if (!__builtin_isnan(quantity->values[run]))
            sorted[count++] = quantity->values[run];
    }
    qsort(sorted, count, sizeof sorted[0], compare);
    if (count == 0)
        fail("no samples", quantity->name);
    printf("{\"name\":\"%s\",\"median\":%.5g,\"q1\":%.5g,\"q3\":%.5g,\"unit\":\"%s\",\"runs\":%zu}\n", quantity->name,
           quantile(sorted, count, 0.5), quantile(sorted, count, 0.25), quantile(sorted, count, 0.75), quantity->unit,
           count);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        fputs(help, stdout);
        return EXIT_SUCCESS;
    }
    read_samples();
    for (int i = 1; i < argc; i++)
        add_ratio(argv[i]);
    for (size_t i = 0; i < quantity_count; i++)
        print(&quantities[i]);
    return EXIT_SUCCESS;
}
