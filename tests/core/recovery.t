#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# A callee whose context is lost with its caller's kernel thread starts again at its recovery entry, if it has one.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More tests => 7;

my $realm = start_realm( [qw(recovery serve)], [qw(recovery call loop)], [qw(recovery wait)] );
is( $realm->line, "calling\n", 'a client calls' );
is( $realm->line, "calling\n", 'another one waits until the server is free' );
my ( $server, @clients ) = $realm->messages =~ /recovery started with pid (\d+)/g;
select undef, undef, undef, 0.2;
kill KILL => $clients[0];
my $answer;
do { $answer = $realm->line // '' } while $answer =~ / 0 recoveries/; # it was served before the first came
like( $answer, qr/^\d+ requests, 1 recoveries, 7, pid 0$/m, 'after the death of the first the second is served' );
is( $realm->status, 0, 'the realm ends' );
like( $realm->messages, qr/recovery \(pid $server\) ended with the realm/, 'the server lived until then' );

my ( $output, $messages, $status ) = run_realm( [qw(recovery serve)], [qw(recovery call home)] );
like( $output, qr/^1 requests, 0 recoveries, 7, pid [1-9]/m, 'nothing is recovered without a loss' );
is( $status, 0, 'and it ends' );
