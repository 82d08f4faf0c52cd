#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Waiting for descriptors.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;

# With few descriptors those of the core have numbers that select knows.
for my $limit ( 'unlimited', 1024 ) {
    local @Realm::as = $limit eq 'unlimited' ? () : ( 'sh', '-c', "ulimit -n $limit; exec \"\$@\"", 'sh' );
    my ( $output, $messages, $status ) = run_realm( ['polling'] );
    ok( $1 eq 'ok', $2 ) while $output =~ /^(ok|not ok) \d+ - (.*)$/mg;
    is( $status, 0, "all of that, descriptors: $limit" ) or diag $output, $messages;
}
done_testing;
