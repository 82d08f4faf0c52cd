/* SPDX-License-Identifier: BSD-2-Clause
 *
 * printf, scanf, strtod and strtol with many formats and values.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t random64(void)
{
    static uint64_t state = 0x9e3779b97f4a7c15;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static double any_double(void)
{
    union {
        uint64_t bits;
        double value;
    } number = {random64()};

    return isnan(number.value) ? 0 : number.value;
}

static void print_double(double value)
{
    /* The libraries normalise a subnormal number differently. */
    if (isnormal(value))
        printf("%a ", value);
    printf("%e %g %.17g %.0e %#g %+.3f\n", value, value, value, value, value, remainder(value, 1e9));
    printf("[%20.10e] [%-20.5g] [%020.3g] [% g] %.40g\n", value, value, value, value, value);
    printf("%Lg %.15Lg\n", (long double)value, (long double)value);
}

/* The shortest digits that read back as the same number. */
static void read_back(double value)
{
    char text[64];
    double again = 0;
    int length = 0;

    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    printf("%s %d", text, sscanf(text, "%lf%n", &again, &length));
    printf(" %d %d\n", length, again == value);
}

static void print_integers(int64_t value)
{
    printf("%" PRId64 " %" PRIu64 " %" PRIx64 " %#" PRIo64 " %+d %hd %hhu\n", value, (uint64_t)value, (uint64_t)value,
           (uint64_t)value, (int)value, (short)value, (unsigned char)value);
    printf("[%24" PRId64 "] [%-24" PRId64 "] [%024" PRId64 "] [%.22" PRId64 "] [%#X]\n", value, value, value, value,
           (unsigned int)value);
}

static void print_strings(void)
{
    char buffer[8];
    int counted = 0;

    printf("[%s] [%10s] [%-10s] [%.2s] [%c] [%%] %n", "text", "right", "left", "cut off", 'c', &counted);
    printf("%d\n", counted);
    printf("%d [%s]\n", snprintf(buffer, sizeof buffer, "%s", "longer than the buffer"), buffer);
    printf("%2$s %1$s %3$d\n", "world", "hello", 3);
    printf("%*d|%-*d|%.*f\n", 8, 42, 8, 42, 3, 1.0 / 3);
    printf("%ls %lc\n", L"wide", L'w');
}

static void read_numbers(void)
{
    static const char *const texts[] = {"0",
                                        "-0",
                                        "1e400",
                                        "1e-400",
                                        "0x1.8p3",
                                        "inf",
                                        "nan",
                                        "  12abc",
                                        "4.9e-324",
                                        "2.5e-324",
                                        "2.4e-324",
                                        "1e",
                                        ".5.5",
                                        "0x",
                                        "1e+",
                                        "-Infinity",
                                        "123456789e-400",
                                        "9007199254740993",
                                        "1.7976931348623159e308",
                                        "2.2250738585072011e-308",
                                        "0.1e1000000",
                                        "+7",
                                        "--7",
                                        ""};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *end;
        errno = 0;
        double value = strtod(texts[i], &end);
        printf("[%s] %.17g %td %d", texts[i], isnan(value) ? 1.0 : value, end - texts[i],
               isinf(value) && errno == ERANGE);
        errno = 0;
        long number = strtol(texts[i], &end, 0);
        printf(" %ld %td %d\n", number, end - texts[i], errno == ERANGE);
    }
    printf("%ld %d\n", strtol("99999999999999999999", NULL, 10), errno == ERANGE);
    printf("%lu %ld %ld\n", strtoul("-1", NULL, 10), strtol("zz", NULL, 36), strtol("-0x7f", NULL, 16));
}

static void scan(void)
{
    int a = 0, b = 0, length = 0;
    char word[32] = "", set[32] = "", characters[4] = "";
    float f = 0;
    double d = 0;

    printf("%d\n", sscanf("12 0x1f word abcxyz 1.5 2.5e3", "%d %i %31s %31[a-c]xyz %f %lf%n", &a, &b, word, set, &f, &d,
                          &length));
    printf("%d %d %s %s %g %g %d\n", a, b, word, set, (double)f, d, length);
    printf("%d %s\n", sscanf("abcdef", "%3c%*2c%n", characters, &length), characters);
    printf("%d %d\n", sscanf("x", "%d", &a), sscanf("", "%d", &a));
}

int main(void)
{
    for (int i = 0; i < 1000; i++) {
        double value = any_double();
        print_double(value);
        read_back(value);
        read_back((double)(int64_t)random64() / 1000);
        print_integers((int64_t)random64() >> random64() % 64);
    }
    print_double(0);
    print_double(INFINITY);
    print_strings();
    read_numbers();
    scan();
    return 0;
}
