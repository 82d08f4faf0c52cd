/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a torture program is: a function torture() that reports results. The same source is built by gcc for this
 * machine and by cocc for the jail; both must report the same.
 */
#ifndef TORTURE_SUPPORT_H
#define TORTURE_SUPPORT_H

#define HIDDEN __attribute__((noinline, noclone))

void torture(void);
void result(const char *name, unsigned long value);
/* Returns its argument; the compiler does not know that. */
long opaque(long value);
void *opaque_pointer(void *pointer);

#endif
