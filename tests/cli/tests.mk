# SPDX-License-Identifier: BSD-2-Clause
#
# Tests of the commands.

TESTS += tests/cli/install.t
