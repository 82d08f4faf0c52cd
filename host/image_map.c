/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Mapping a checked program into a region: the sealed text shared, everything else as private anonymous memory, so that
 * no other page of a region depends on a file.
 */
#include "host/image.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)

static uint32_t first_page(const struct image_segment *segment)
{
    return span_page_floor(segment->offset);
}

static uint32_t end_page(const struct image_segment *segment)
{
    return span_page_ceiling(segment->offset + segment->size);
}

static int map_data(const struct image_segment *segment, const struct span *span, size_t region)
{
    uint32_t start = first_page(segment), size = end_page(segment) - start;
    int error = span_map_fixed(span, region, start, size, PROT_READ | PROT_WRITE, ANONYMOUS, -1, 0);
    if (error != 0)
        return error;
    uint8_t *base = (uint8_t *)span_region_base(span, region);
    memcpy(base + segment->offset, segment->bytes, segment->file_size);
    if (segment->writable || mprotect(base + start, size, PROT_READ) == 0)
        return 0;
    error = -errno;
    span_unmap_fixed(span, region, start, size);
    return error;
}

/* Only what was mapped: covering more could need one mapping more than the kernel grants. */
static void unmap_segments(const struct image *image, size_t count, const struct span *span, size_t region)
{
    if (count == 0)
        return;
    uint32_t start = first_page(&image->segments[0]);
    span_unmap_fixed(span, region, start, end_page(&image->segments[count - 1]) - start);
}

static int map_segments(const struct image *image, const struct span *span, size_t region)
{
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct image_segment *segment = &image->segments[i];
        int error =
            segment == image->text ? sealed_text_map(image->sealed, span, region) : map_data(segment, span, region);
        if (error != 0) {
            unmap_segments(image, i, span, region);
            return error;
        }
    }
    return 0;
}

/* Where the writable segments at the end of the image begin. */
static uint32_t data_start(const struct image *image)
{
    size_t first = image->segment_count;
    while (first > 0 && image->segments[first - 1].writable)
        first--;
    return first < image->segment_count ? first_page(&image->segments[first])
                                        : end_page(&image->segments[image->segment_count - 1]);
}

bool image_map(const struct image *image, const struct span *span, size_t region, struct image_layout *layout,
               struct image_error *error)
{
    *error = (struct image_error){0};
    int failure = map_segments(image, span, region);
    if (failure != 0) {
        *error = (struct image_error){.fault = IMAGE_MAP, .number = -failure};
        snprintf(error->text, sizeof error->text,
                 "cannot map the program: %s: too little memory or too many mappings (sysctl vm.max_map_count)",
                 strerror(-failure));
        return false;
    }
    *layout = (struct image_layout){.entry = image->entry,
                                    .headers = image->headers,
                                    .header_count = image->header_count,
                                    .text_start = first_page(image->text),
                                    .text_end = end_page(image->text),
                                    .data_start = data_start(image),
                                    .image_end = end_page(&image->segments[image->segment_count - 1]),
                                    .sealed = sealed_text_reference(image->sealed)};
    layout->symbols = symbols_read(image->file, image->file_size, layout->text_start, layout->text_end);
    return true;
}

void image_layout_release(struct image_layout *layout)
{
    sealed_text_release(layout->sealed);
    symbols_free(layout->symbols);
    layout->sealed = NULL;
    layout->symbols = NULL;
}
