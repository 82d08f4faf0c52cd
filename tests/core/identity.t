#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# A borrowed kernel thread is never noticed: pid, files and working directory are those of whoever runs.
use strict;
use warnings;
use lib 'tests/core';
use File::Temp 'tempdir';
use Realm;
use Test::More tests => 3;

my $folder = tempdir( CLEANUP => 1 );
my ( $output, $messages, $status ) = run_realm(
    [ 'identity', 'server', "$folder/server", 0 ],
    [ 'identity', 'client', "$folder/one",    4000 ],
    [ 'identity', 'client', "$folder/two",    4000 ]
);
my @right = $output =~ /^client: 4000 calls, wrong caller 0, wrong server 0, wrong own 0$/mg;
is( scalar @right, 2, 'two clients alternate at a server that makes system calls' ) or diag $output;
is( $status,       0, 'they end' )                                                  or diag $messages;
my ( $server, @clients ) = $messages =~ /started with pid (\d+)/g;
ok( $server != $clients[0] && $server != $clients[1] && $clients[0] != $clients[1], 'the pids differ' );
