/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the build of Debian's package of Lua would make: a part of the paths of modules, of which there are none.
 */
#define DEB_HOST_MULTIARCH "none"
