#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Names: each call and each of its errors; two co-processes that race for the same names and reservations.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;

use_microkernel();
for my $program (qw(names names-race)) {
    my ( $output, $messages, $status ) = run_realm($program);
    ok( $1 eq 'good', $2 ) while $output =~ /^(good|bad) (.*)$/mg;
    is( $status, 0, "$program ends well" ) or diag $output, $messages;
}
done_testing;
