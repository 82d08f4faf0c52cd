#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# The core's own signal is only a hint: a program that it reaches too late does not notice.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More tests => 7;
use constant RECALL => 16;

my $realm = start_realm( ['interrupt'] );
is( $realm->line, "ready\n", 'it is ready' );
my $pid     = $realm->member('interrupt');
my $sent    = 0;
my $reading = 0;
until_true(
    sub {
        $sent += kill RECALL, $pid;
        $reading = ( $realm->{buffer} // '' ) =~ /reading/ || defined peek($realm);
        return $reading;
    },
    10
);
for ( 1 .. 20 ) { $sent += kill RECALL, $pid; select undef, undef, undef, 0.005 }
print { $realm->{to} } "x";
my $output = $realm->output(5);
cmp_ok( $sent, '>', 50, "signals were sent: $sent" );
like( $output, qr/^nanosleep 0, slept$/m,       'nanosleep' );
like( $output, qr/^clock_nanosleep 0, slept$/m, 'clock_nanosleep' );
like( $output, qr/^poll 0, slept$/m,            'poll' );
like( $output, qr/^read 1, x$/m,                'read' );
is( $realm->status, 0, 'it ends' );

# Takes what has been printed, without waiting for it; defined once it reads.
sub peek {
    my ($from) = @_;
    my $bits = '';
    vec( $bits, fileno $from->{from}, 1 ) = 1;
    return undef if !select $bits, undef, undef, 0;
    sysread $from->{from}, $from->{buffer}, 65536, length( $from->{buffer} // '' );
    return $from->{buffer} =~ /reading/ ? 1 : undef;
}
