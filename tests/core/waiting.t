#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Those who wait for a busy callee are served in the order in which they came, and nobody is forgotten, whoever times
# out or is killed meanwhile.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More tests => 6;

my @server = [qw(options serve plain plain)];
my ( $output, $messages, $status ) = run_realm( @server, map { [ 'options', 'queue', $_ ] } 0 .. 4 );
is( join( '', $output =~ /^served (\d) 1$/mg ), '01234', 'five are served in the order in which they came' ) or diag $output, $messages;

( $output, $messages, $status ) = run_realm( @server, map { [qw(options hammer 400)] } 1 .. 5 );
is( scalar( () = $output =~ /^hammer: 400 calls, 0 wrong$/mg ), 5, 'five call at once with random time limits' ) or diag $output, $messages;
is( $status, 0, 'they end' );

my $realm   = start_realm( @server, map { [ 'options', 'queue', $_ ] } 0 .. 4 );
my @clients;
until_true( sub { @clients = $realm->messages =~ /options started with pid (\d+)/g; @clients == 6 }, 10 );
select undef, undef, undef, 0.6;
kill KILL => $clients[2];
$output = $realm->output(10);
is( join( '', $output =~ /^served (\d) 1$/mg ), '0234', 'the others go on when one who waits is killed' ) or diag $output;
is( $realm->status, 0, 'they end' );
like( $realm->messages, qr/pid $clients[2]\) was ended: Killed/, 'it was killed' );
