/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What Expat's configure script would find out.
 */
#define BYTEORDER 1234
#define HAVE_GETRANDOM 1
#define HAVE_MEMMOVE 1
#define PACKAGE_NAME "expat"
#define PACKAGE_VERSION "2"
#define XML_CONTEXT_BYTES 1024
#define XML_DTD 1
#define XML_GE 1
#define XML_NS 1
