#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Servers and clients that call each other all the time are killed one by one at random moments. The last client ends
# by itself when all servers are gone: a realm that does not end hangs. RANDOM_KILL_ROUNDS and RANDOM_KILL_SEED choose
# more and other rounds.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More tests => 2;
use Time::HiRes 'sleep';

my $rounds = $ENV{RANDOM_KILL_ROUNDS} // 150;
my $seed   = $ENV{RANDOM_KILL_SEED}   // 1;
my @names  = qw(a b c);
my ( $hung, $left ) = ( '', '' );

for my $round ( $seed .. $seed + $rounds - 1 ) {
    srand $round;
    my @servers = map { [ 'talker', 'serve', $_ ] } @names;
    my @clients = map { [ 'talker', 'crowd', $round * 10 + $_, @names ] } 1 .. 3;
    my $realm   = start_realm( @servers, @clients );
    my @pids;
    until_true( sub { @pids = $realm->messages =~ /started with pid (\d+)/g; @pids == 6 }, 10 );
    sleep 0.01 + rand 0.005;
    # All servers, and two of the clients but not the last, in any order.
    my @victims = sort { $a->[0] <=> $b->[0] } map { [ rand, $_ ] } @pids[ 0 .. 4 ];
    for my $victim (@victims) {
        kill( ( rand() < 0.2 ? 'TERM' : 'KILL' ), $victim->[1] );
        sleep rand 0.003;
    }
    if ( !defined $realm->status(10) ) {
        $hung .= " $round";
        diag "round $round hung\n", $realm->messages;
    }
    if ( !$realm->gone ) {
        $left .= " $round";
        diag "round $round left processes\n", $realm->messages;
    }
}
is( $hung, '', "no realm hangs in $rounds rounds" );
is( $left, '', 'and none leaves a process' );
