# SPDX-License-Identifier: BSD-2-Clause
#
# As raw-return, at home.
	.set	MOVE_HOME, 1
	.include "tests/core/programs/raw-return.s"
