#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Clients change names all the time and compare them with what they know, while the service, or clients that may be
# running its code, are killed at random moments. NAMES_KILL_SEED chooses other moments.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;
use Time::HiRes 'sleep';

use_microkernel();
srand( $ENV{NAMES_KILL_SEED} // 1 );

# Starts this many clients that load, and as many victims; waits until all are at work.
sub start_loads {
    my ( $loads, $victims ) = @_;
    my @tags    = map { "$_$_" } ( 'a' .. 'z' )[ 0 .. $loads - 1 ];
    my @victims = map { "v$_" } 1 .. $victims;
    my $realm   = start_realm( ( map { [ 'names-load', 'load', $_ ] } @tags, @victims ),
        [ 'names-load', 'control', $loads, @victims ] );
    my $ready = 0;
    while ( $ready < @tags + @victims + 1 ) {
        my $line = $realm->line(20) // last;
        $ready++ if $line =~ / ready$/;
    }
    is( $ready, @tags + @victims + 1, 'all clients are at work' ) or diag $realm->messages;
    my @pids = $realm->messages =~ /names-load started with pid (\d+)/g;
    return ( $realm, @pids[ $loads .. $loads + $victims - 1 ] );
}

# Lets them come to their end: what is said of each must be good.
sub finish {
    my ( $realm, $loads ) = @_;
    close delete $realm->{to};
    my $output = $realm->output(60);
    my @wrong  = grep { $_ } $output =~ /(\d+) mismatches/g;
    my @ends   = $output =~ /ends after (\d+) operations/g;
    is( scalar @ends, $loads, 'all who are left end' );
    is( "@wrong", '', 'and found what they knew' );
    ok( $1 eq 'good', $2 ) while $output =~ /^(good|bad) (.*)$/mg;
    is( $realm->status(20), 0, 'the realm ends' ) or diag $realm->messages;
    diag $output if @wrong || @ends != $loads || !Test::More->builder->is_passing;
    return $output;
}

# The service is killed; three times, because more in ten seconds end the realm.
{
    my ($realm) = start_loads( 2, 0 );
    for my $round ( 1 .. 3 ) {
        sleep 0.1 + rand 0.1;
        my @pids = $realm->messages =~ m{/nsd started with pid (\d+)}g;
        kill KILL => $pids[-1];
        my $again = until_true( sub { my @now = $realm->messages =~ m{/nsd started with pid (\d+)}g; @now > @pids }, 20 );
        ok( $again, "the service is started again, $round" );
    }
    sleep 0.1;
    my $output = finish( $realm, 2 );
    ok( ( grep { $_ } $output =~ /(\d+) losses/g ), 'some calls were lost' );
}

# Clients are killed; now and then one of them runs the code of the service.
for my $round ( 1 .. 3 ) {
    my ( $realm, @victims ) = start_loads( 2, 5 );
    for my $pid (@victims) {
        sleep rand 0.03;
        kill KILL => $pid;
    }
    finish( $realm, 2 );
}
done_testing;
