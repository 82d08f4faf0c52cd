# SPDX-License-Identifier: BSD-2-Clause
#
# As victim, under another name.
	.set	ABOVE, 1
	.include "tests/core/programs/raw/victim.s"
