#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# The system-call shim: foreign pointers, wrapping lengths, unknown calls, others' memory, files and processes. The
# client prints the results.
use strict;
use warnings;
use lib 'tests/core';
use Realm;

my $realm = start_realm( [ 'server', 'one' ], [ 'server', 'two' ], ['shim'] );
print while defined( $_ = $realm->line(20) );
my $status = $realm->status // 'none: it hung';
print STDERR $realm->messages if $status ne '0';
exit( $status ne '0' );
