#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Services of programs.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;

use_microkernel();

my $realm = start_realm( [ program('services') ] );
my $count = 0;
while ( defined( my $line = $realm->line(60) ) ) {
    kill KILL => $1 if $line =~ /^kill (\d+)$/;
    next if $line !~ /^(ok|not ok)(?: \d+)? - (.*)$/;
    ok( $1 eq 'ok', $2 );
    $count++;
}
is( $realm->status, 0, 'all of that' ) or diag $realm->messages;
cmp_ok( $count, '>=', 71, 'nothing is missing' );
ok( gone($realm), 'nothing is left' );

done_testing;
