#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Many senders and receivers of one port of each type, left alone, and with some of them killed, or stopped for a moment.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;
use Time::HiRes qw(sleep time);

use_microkernel();

my %name = ( 1 => 'COPIPE', 2 => 'COCARRIER', 3 => 'COCHANNEL' );

# Kills, or stops, `kills` of the parts, one every few milliseconds.
sub run {
    my ( $type, $senders, $receivers, $messages, $kills, $stops ) = @_;
    my $what   = $stops ? 'stops' : 'kills';
    my $who    = "$name{$type}, $senders senders, $receivers receivers, $kills $what";
    my $realm  = start_realm( [ program('port-stress'), $type, $senders, $receivers, $messages ] );
    my ( @alive, @lines );
    my $killed = 0;
    while ( defined( my $line = $realm->line( @alive && $killed < $kills ? 0.01 : 60 ) ) || ( @alive && $killed < $kills ) ) {
        push @alive, $1 if defined $line && $line =~ /^pid (\d+)/;
        push @lines, $line if defined $line && $line =~ /ok/;
        @alive = () if defined $line && $line =~ /^sent/;
        next if $killed >= $kills || @alive <= $receivers || rand() < 0.5;
        sleep rand 0.01;
        $killed++;
        if ($stops) {
            my $pid = $alive[ rand @alive ];
            kill STOP => $pid;
            sleep rand 0.02;
            kill CONT => $pid;
            next;
        }
        kill KILL => splice @alive, rand @alive, 1;
    }
    is( scalar @lines, 3, "$who: it comes to an end" ) or diag $realm->messages;
    ok( /^ok/, "$who: " . ( /- (.*)/ ? $1 : $_ ) ) for @lines;
    is( $realm->status(10), 0, "$who: the realm too" ) or diag $realm->messages;
}

srand( $ENV{SEED} // 1 );
run( $_, 1, 1, 2000, 0 ) for 1 .. 3;
run( $_, 4, 4, 600, 0 ) for 1 .. 3;
run( $_, 3, 3, 1500, 12 ) for 1 .. 3;
run( $_, 3, 3, 1500, 12, 1 ) for 1 .. 3;
run( $_, 3, 1, 1500, 8 ) for 1 .. 3;
done_testing;
