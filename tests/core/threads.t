#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Threads inside one co-process: what POSIX promises, how many there may be, and what is left of those that have ended.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;

# The program prints its own results.
sub passes {
    my ( $name, @arguments ) = @_;
    my ( $output, $messages, $status ) = run_realm( [ 'pthreads', @arguments ] );
    my ($count) = ( $output // '' ) =~ /^1\.\.(\d+)$/m;
    my @good = ( $output // '' ) =~ /^ok /mg;
    ok( defined $count && @good == $count, "$name: all results" ) or diag $output;
    is( $status, 0, "$name: exit status" ) or diag $messages;
}

# Mappings of the realm, and its memory in pages.
sub used {
    my ($realm) = @_;
    open my $maps, '<', "/proc/$realm->{pid}/maps" or die;
    my @lines = <$maps>;
    open my $statm, '<', "/proc/$realm->{pid}/statm" or die;
    return ( scalar @lines, ( split ' ', <$statm> )[1] );
}

passes('POSIX');
passes( 'the most threads', 'limit' );
{
    local $ENV{COMESG_WITHOUT} = 'GUARD_INSTALL';
    passes( 'the most threads, on a kernel without guard pages', 'limit' );
}

{
    my $realm = start_realm( [ 'pthreads', 'leaks' ] );
    my $ready = sub { my $line; 1 while defined( $line = $realm->line(60) ) && $line ne "ready\n"; $line };
    $ready->();
    my ( $mappings, $pages ) = used($realm);
    syswrite $realm->{to}, "\n";
    $ready->();
    my ( $mappings_later, $pages_later ) = used($realm);
    cmp_ok( $mappings_later, '<=', $mappings + 4, 'thousands of threads leave no mapping behind' );
    cmp_ok( $pages_later - $pages, '<', 2000, 'nor memory' );
    syswrite $realm->{to}, "\n";
    is( $realm->status(20), 0, 'they end' ) or diag $realm->messages;
}

{
    my ( $output, $messages, $status ) = run_realm( [qw(pthreads main-exits)] );
    is( $output, "the last thread\n", 'the process goes on when the first thread has ended' );
    is( $status, 0, 'and ends with the last' ) or diag $messages;
    ( $output, $messages, $status ) = run_realm( [qw(pthreads fault)] );
    is( $status, 139, 'a fault of any thread ends the process' );
    like( $messages, qr/pthreads \(pid \d+\) was ended: Segmentation fault \(SIGSEGV\), address 0x[0-9a-f]+4000,/, 'and is reported' );
}
done_testing;
