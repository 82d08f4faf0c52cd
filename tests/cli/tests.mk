# SPDX-License-Identifier: BSD-2-Clause
#
# Tests of the commands.

TESTS += tests/cli/commands.t tests/cli/install.t
