/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Parses an XML text with Expat, with handlers that sum up what they get.
 */
#include "work.h"

#include <expat.h>
#include <stdio.h>
#include <string.h>

enum { RECORDS = 3000, NOTE = 150, RECORD_SIZE = 400 };

static char text[RECORDS * RECORD_SIZE];
static size_t text_size;
static uint64_t sum;

static void on_start(void *unused, const XML_Char *name, const XML_Char **attributes)
{
    (void)unused;
    sum = work_sum(sum, name, strlen(name));
    for (; *attributes; attributes++)
        sum += strlen(*attributes);
}

static void on_end(void *unused, const XML_Char *name)
{
    (void)unused;
    sum = sum * 3 + (unsigned char)name[0];
}

static void on_text(void *unused, const XML_Char *characters, int length)
{
    (void)unused;
    sum = sum * 5 + (unsigned char)characters[length / 2] + (unsigned int)length;
}

void work_prepare(void)
{
    uint64_t seed = 8;
    char note[NOTE + 1] = "", *at = text;
    at += sprintf(at, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<records>\n");
    for (int i = 0; i < RECORDS; i++) {
        work_text(note, NOTE, seed);
        at += sprintf(at,
                      "<record number=\"%d\" kind='%c'><note>%s</note><place x=\"%d\" y=\"%d\"/>&lt;%d&gt;</record>\n",
                      i, 'a' + i % 26, note, (int)(work_random(&seed) % 1000), (int)(work_random(&seed) % 1000), i);
    }
    at += sprintf(at, "</records>\n");
    text_size = (size_t)(at - text);
}

void work_round(void)
{
    XML_Parser parser = XML_ParserCreate(NULL);
    if (!parser)
        work_fail("expat: out of memory");
    XML_SetHashSalt(parser, 1);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    sum = 0;
    if (XML_Parse(parser, text, (int)text_size, XML_TRUE) != XML_STATUS_OK)
        work_fail("expat: cannot parse");
    XML_ParserFree(parser);
}

uint64_t work_result(void)
{
    return sum;
}
