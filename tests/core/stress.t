#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Services and clients that call each other in all ways are killed, terminated, stopped and continued at random moments.
# Nobody may hang, get an answer that is not his, or find memory or numbers changed; nothing may be left.
#
# STRESS_SECONDS is for how long, STRESS_SEED chooses what happens. A round that fails prints its seed and what was done;
# STRESS_SEED=that STRESS_SECONDS=0 repeats it alone.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;
use Time::HiRes qw(sleep time);

my $seconds = $ENV{STRESS_SECONDS} // 12;
my $seed    = $ENV{STRESS_SEED}    // time * 1000 % 1000000;
my ( $services, $clients ) = ( 6, 5 );
my $programs = 'build/tests/core/stress';
my ( %did, @log );

# What happens to whom, and when after it has begun.
sub strike {
    my ( $start, $pids, $dead, $stopped ) = @_;
    my $index = int rand @$pids;
    my ( $pid, $dice ) = ( $pids->[$index], rand );
    return if $dead->{$pid};
    my $signal =
        $dice < 0.02 ? 'KILL'
      : $dice < 0.04 ? 'TERM'
      : $dice < 0.1  ? 'STKFLT'
      : $dice > 0.4  ? return
      : $stopped->{$pid} ? 'CONT'
      :                    'STOP';
    kill $signal => $pid;
    push @log, sprintf '%.4f %s to %d', time - $start, $signal, $pid;
    $did{$signal}++;
    $dead->{$pid} = 1 if $signal eq 'KILL' || $signal eq 'TERM';
    $stopped->{$pid} = time if $signal eq 'STOP';
    delete $stopped->{$pid} if $signal eq 'CONT';
}

# Nobody is stopped for long.
sub let_go {
    my ( $stopped, $after ) = @_;
    for my $pid ( grep { time - $stopped->{$_} > $after } keys %$stopped ) {
        kill CONT => $pid;
        delete $stopped->{$pid};
    }
}

# One realm, for $length seconds: what is wrong, or ''.
sub play {
    my ( $round, $length ) = @_;
    srand $round;
    @log = ();
    my $milliseconds = int( $length * 1000 );
    my @members      = map { [ "$programs/service", $_, $round * 100 + $_ ] } 0 .. $services - 1;
    push @members, map { [ "$programs/client", $round * 100 + 50 + $_, $milliseconds ] } 1 .. $clients;
    my $realm = start_realm(@members);
    my ( @pids, %dead, %stopped );
    until_true( sub { @pids = $realm->messages =~ /started with pid (\d+)/g; @pids == @members }, 10 )
      or return "it does not start\n" . $realm->messages;
    my $start = time;
    pop @pids;    # the last one ends the realm
    while ( time - $start < $length ) {
        sleep rand 0.004;
        strike( $start, \@pids, \%dead, \%stopped );
        let_go( \%stopped, 0.02 );
    }
    let_go( \%stopped, 0 );
    close delete $realm->{to};
    my $status = $realm->status(10);
    my $output = '';
    $output .= $_ while defined( $_ = $realm->line(0.1) );
    my $wrong = join '', grep { /WRONG|Bail/ } split /^/, $output;
    $wrong .= "the realm hangs\n" if !defined $status;
    $wrong .= "the status is $status\n" if $status;
    $wrong .= "processes are left\n" if !$realm->gone;
    $wrong .= "no client says how many calls it made\n" if $output !~ /calls/;
    $did{answers} += $1 while $output =~ /(\d+) answered/g;
    $did{calls}   += $1 while $output =~ /(\d+) calls/g;
    return $wrong && $wrong . $realm->messages;
}

my ( $rounds, $failed, $end ) = ( 0, '', time + $seconds );
do {
    my $wrong = play( $seed + $rounds, 1 );
    if ($wrong) {
        $failed .= ' ' . ( $seed + $rounds );
        diag "STRESS_SEED=", $seed + $rounds, "\n$wrong", map { "$_\n" } @log;
    }
    $rounds++;
} while ( time < $end );
is( $failed, '', "$rounds rounds from seed $seed" );
diag join ', ', map { "$did{$_} $_" } sort keys %did;
cmp_ok( $did{answers}, '>', $rounds, 'most of the time calls are answered' );
done_testing;
