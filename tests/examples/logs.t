#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# logs: one collector, many workers; all lines of each come, in order, also when another is killed.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;

my $logs = ( $ENV{BUILD} // 'build' ) . '/examples/logs';
@Realm::options = ();

# How many lines of this worker there are, and whether they count up from 1.
sub steps {
    my ( $output, $name ) = @_;
    my @steps = $output =~ /^\Q$name\E: step (\d+) of /mg;
    return ( scalar @steps, !grep { $steps[$_] != $_ + 1 } 0 .. $#steps );
}

my @workers = map { "w$_" } 1 .. 6;
my ( $output, $messages, $status ) =
  run_realm( ( map { [ "$logs/worker", $_, 3000 ] } @workers ), [ "$logs/collector", scalar @workers ] );
is( $status, 0, 'the collector ends when all have ended' ) or diag $messages;
for my $name (@workers) {
    my ( $count, $ordered ) = steps( $output, $name );
    is( $count, 3000, "$name: all lines" );
    ok( $ordered,                          "$name: in order" );
    ok( $output =~ /^\Q$name\E has ended$/m, "$name: its end" );
}

@Realm::options = ('-v');
my $realm = start_realm( [ "$logs/worker", 'long', 1000000, 1 ], [ "$logs/worker", 'short', 200, 5 ],
    [ "$logs/collector", 2 ] );
$output = '';
while ( defined( my $line = $realm->line ) ) {
    $output .= $line;
    last if $output =~ /^long: step 20 of/m && $output =~ /^short: step 5 of/m;
}
kill 'KILL', $realm->member('worker');
$output .= $realm->output;
is( $realm->status, 0, 'the collector ends after one has ended and one was killed' ) or diag $realm->messages;
ok( $output =~ /^long has ended$/m, 'a death is told' );
my ( $count, $ordered ) = steps( $output, 'long' );
ok( $count >= 20 && $ordered, 'what the dead one had logged came' );
is( ( steps( $output, 'short' ) )[0], 200, 'the other one was not harmed' );

( $output, $messages, $status ) = run_realm( [ "$logs/worker" ] );
is( $status, 2, 'wrong usage' );
done_testing;
