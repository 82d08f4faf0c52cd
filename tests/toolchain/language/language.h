/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The parts of the test program: each reports results, which must be those of the same program compiled for this
 * machine.
 */
#ifndef LANGUAGE_H
#define LANGUAGE_H

#include <stddef.h>
#include <stdint.h>

#define ALONE __attribute__((noipa))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void arguments(void);
void structures(void);
void bit_fields(void);
void wide_integers(void);
void division(void);
void atomics(void);
void floating(void);
void vectors(void);
void idioms(void);
void frames(void);
void storage(void);
void flow(void);
void library(void);

void result(const char *name, uint64_t value);
/* The values from `first` on, one after the other, to one number. */
uint64_t join(uint64_t first, uint64_t next);
uint64_t hash(const void *bytes, size_t size);
uint64_t raw(double value);
/* Values that the compiler cannot know. */
long opaque(long value);
void *opaque_pointer(const void *pointer);
uint64_t next_random(void);

/* In the second file of storage. */
extern _Thread_local int shared_local;
extern long defined_weakly(long value);
long replaced(long value);
long other_file(long value);

#endif
