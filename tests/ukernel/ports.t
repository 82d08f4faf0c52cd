#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Ports: every call, and what becomes of ports whose users end.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;

use_microkernel();

sub check {
    my ( $least, @command ) = @_;
    my ( $output, $messages, $status ) = run_realm( [@command] );
    my $count = 0;
    for my $line ( split /\n/, $output // '' ) {
        next if $line !~ /^(ok|not ok)(?: \d+)? - (.*)$/;
        ok( $1 eq 'ok', $2 );
        $count++;
    }
    is( $status, 0, 'all of that' ) or diag $output, $messages;
    cmp_ok( $count, '>=', $least, 'nothing is missing' );
}

check( 148, program('ports') );
check( 13, program('ports'), 'named' );
done_testing;
