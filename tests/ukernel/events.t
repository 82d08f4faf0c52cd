#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Events: each call and its errors; what is installed survives the end of the service, and is told once when that is
# killed at random moments. EVENTS_KILL_SEED chooses others.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;
use Time::HiRes 'sleep';

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
{
    srand( $ENV{EVENTS_KILL_SEED} // 1 );
    my $realm = start_realm('events-load');
    is( $realm->line(20), "ready\n", 'programs end while the service is killed' );
    for my $round ( 1 .. 3 ) {
        sleep 0.02 + rand 0.15;
        my @pids = $realm->messages =~ m{/coeventd started with pid (\d+)}g;
        kill KILL => $pids[-1];
        ok( until_true( sub { my @now = $realm->messages =~ m{/coeventd started with pid (\d+)}g; @now > @pids }, 20 ),
            "the service is started again, $round" );
    }
    close delete $realm->{to};
    my $output = $realm->output(60);
    ok( $1 eq 'good', $2 ) while $output =~ /^(good|bad) (.*)$/mg;
    is( $realm->status(20), 0, 'the realm ends' ) or diag $output, $realm->messages;
}
done_testing;
