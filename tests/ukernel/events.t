#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Events: each call and its errors; what is installed survives the end of the service.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;

use_microkernel();
{
    my ( $output, $messages, $status ) = run_realm('events');
    ok( $1 eq 'good', $2 ) while $output =~ /^(good|bad) (.*)$/mg;
    is( $status, 0, 'the program ends well' ) or diag $output, $messages;
}
{
    my $realm = start_realm( [qw(events survive)] );
    is( $realm->line(20), "installed\n", 'callbacks are installed' );
    my ($pid) = $realm->messages =~ m{/coeventd started with pid (\d+)};
    kill KILL => $pid;
    ok( until_true( sub { $realm->messages =~ m{/coeventd started with pid (?!$pid\b)\d+} }, 20 ),
        'the service ends and is started again' );
    close delete $realm->{to};
    my $output = $realm->output(30);
    ok( $1 eq 'good', $2 ) while $output =~ /^(good|bad) (.*)$/mg;
    is( $realm->status(20), 0, 'and calls back' ) or diag $output, $realm->messages;
}
done_testing;
