#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Through the gates of setjmp, longjmp and coaccept nobody leaves his control stack or lands beside a pad. An attack ends
# the offender, and nobody else.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;

my %outcome = (
    ordinary => [ "right\n",           0 ],
    good     => [ "reached the pad\n", 4 ],
    sentinel => [ "reached the pad\n", 4 ],
    # Only the low half of an address counts: it is a pad of one's own.
    'other-region' => [ "reached the pad\n", 4 ],
);
for my $attack ( sort keys %outcome ) {
    my ( $output, $messages, $status ) = run_realm( [ 'jumps', $attack ] );
    is( $output, $outcome{$attack}[0], "$attack: what it prints" );
    is( $status, $outcome{$attack}[1], "$attack: how it ends" ) or diag $messages;
}
for my $attack (
    qw(zero negative deeper deeper-by-one huge wrap misaligned no-pad inside-pad data unmapped region-end))
{
    my ( $output, $messages, $status ) = run_realm( [ 'server', 'other' ], [ 'jumps', $attack ] );
    is( $output, '', "$attack: never gets there" );
    is( $status, 128 + 11, "$attack: ends by a signal" ) or diag $messages;
    unlike( $messages, qr/server \(pid \d+\) was ended:/, "$attack: harms nobody else" );
}
for my $attack (qw(accept-null accept-no-pad accept-other-region)) {
    my ( $output, $messages, $status ) = run_realm( [ 'jumps', $attack ], [ 'jumps', 'caller' ] );
    is( $output, "ENOLINK\n", "$attack: who calls is told" ) or diag $messages;
    is( $status, 0, "$attack: and goes on" );
}
done_testing;
