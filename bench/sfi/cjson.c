/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Parses a JSON text with cJSON, changes numbers in it and prints it again.
 */
#include "work.h"

#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORDS = 1500, NOTE = 80, RECORD_SIZE = 400 };

static char text[RECORDS * RECORD_SIZE];
static char *printed;

void work_prepare(void)
{
    uint64_t seed = 7;
    char note[NOTE + 1] = "", *at = text;
    *at++ = '[';
    for (int i = 0; i < RECORDS; i++) {
        work_text(note, NOTE, seed);
        for (char *character = note; *character; character++)
            *character = *character == '\n' ? ' ' : *character;
        at += sprintf(at, "%s{\"number\": %d, \"name\": \"record \\\"%d\\\"\", \"note\": \"%s\", \"weight\": %d.%d, ",
                      i ? ",\n" : "", i, i, note, (int)(work_random(&seed) % 100000), (int)(work_random(&seed) % 100));
        at += sprintf(at, "\"flags\": [true, false, null], \"place\": {\"x\": %d, \"y\": -%d}}",
                      (int)(work_random(&seed) % 1000), (int)(work_random(&seed) % 1000));
    }
    *at++ = ']';
    *at = 0;
}

static void change(const cJSON *records)
{
    const cJSON *record;
    cJSON_ArrayForEach(record, records)
    {
        cJSON *number = cJSON_GetObjectItem(record, "number");
        cJSON_SetNumberValue(number, number->valuedouble + cJSON_GetObjectItem(record, "weight")->valuedouble);
    }
}

void work_round(void)
{
    cJSON *records = cJSON_Parse(text);
    if (!records)
        work_fail("cjson: cannot parse");
    change(records);
    free(printed);
    printed = cJSON_Print(records);
    if (!printed)
        work_fail("cjson: cannot print");
    cJSON_Delete(records);
}

uint64_t work_result(void)
{
    return work_sum(0, printed, strlen(printed));
}
