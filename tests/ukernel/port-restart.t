#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Ports when ipcd is killed: the old ones are closed, new ones work once it has been started again.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;

use_microkernel();

my $realm = start_realm( [ program('port-restart') ] );
my $line  = $realm->line(20) // '';
is( $line, "ready\n", 'it is ready' ) or diag $realm->messages;
my $ipcd = $realm->member('ipcd');
ok( $ipcd && kill( KILL => $ipcd ), 'ipcd is killed' );
print { $realm->{to} } "go\n";
my $count = 0;
while ( defined( $line = $realm->line(60) ) ) {
    next if $line !~ /^(ok|not ok)(?: \d+)? - (.*)$/;
    ok( $1 eq 'ok', $2 );
    $count++;
}
is( $realm->status(20), 0, 'all of that' ) or diag $realm->messages;
cmp_ok( $count, '>=', 20, 'nothing is missing' );
done_testing;
