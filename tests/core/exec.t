#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Co-processes that start others: what those get, what is refused, and that nothing is left of what fails.
use strict;
use warnings;
use lib 'tests/core';
use File::Copy 'copy';
use File::Temp 'tempdir';
use POSIX ();
use Realm;
use Test::More;

my $native = '/bin/true';

# A folder with what is not to be started.
sub make_folder {
    my $folder = tempdir( CLEANUP => 1 );
    chmod 0777, $folder;
    open my $script, '>', "$folder/executable" or die;
    print $script "#!/bin/sh\n";
    close $script;
    chmod 0755, "$folder/executable";
    copy( $native, "$folder/native" ) or die;
    chmod 0755, "$folder/native";
    POSIX::mkfifo( "$folder/fifo", 0755 ) or die;
    symlink 'loop', "$folder/loop" or die;
    return $folder;
}

sub groups_of {
    my ($pid) = @_;
    my ($groups) = map { /^Groups:\s*(.*?)\s*$/ } lines_of("/proc/$pid/status");
    return $groups;
}

sub check {
    my ( $who, $groups ) = @_;
    my $realm = start_realm( [ program('exec'), make_folder() ] );
    while ( defined( my $line = $realm->line ) ) {
        ok( $1 eq 'ok', "$who: $2" ) if $line =~ /^(ok|not ok) \d+ - (.*)$/;
        next if $line !~ /^chosen (\d+)$/;
        my $pid = $1;
        is( groups_of($pid), $groups, "$who: the groups" );
        is( ( stat "/proc/$pid/maps" )[4], 0, "$who: its memory is nobody's to look at" );
        print { $realm->{to} } "\n";
    }
    is( $realm->status, 0, "$who: all of that" ) or diag $realm->messages;
}

sub figures {
    my ($pid) = @_;
    my ($resident) = map { /^VmRSS:\s*(\d+)/ } lines_of("/proc/$pid/status");
    my @mappings    = lines_of("/proc/$pid/maps");
    my @descriptors = glob "/proc/$pid/fd/*";
    return ( $resident, scalar @mappings, scalar @descriptors );
}

# Nothing stays of thousands of programs that have ended.
sub check_growth {
    my $realm = start_realm( [ program('exec'), 'demand' ] );
    my @figures;
    for my $times ( 2, 8 ) {
        print { $realm->{to} } 'x' x $times;
        is( $realm->line(60), "started\n", '250 programs are started' ) for 1 .. $times;
        ok( until_true( sub { children( $realm->{pid} ) == 2 }, 10 ), 'and end' );
        push @figures, [ figures( $realm->{pid} ) ];
    }
    my ( $before, $after ) = @figures;
    cmp_ok( $after->[0], '<', $before->[0] + 1024, 'no memory stays of 2000' );
    cmp_ok( $after->[1], '<', $before->[1] + 8,    'no mappings' );
    is( $after->[2], $before->[2], 'no descriptors' );
    close delete $realm->{to};
    is( $realm->status, 0, 'the realm ends' ) or diag $realm->messages;
}

check( 'as I am', $> == 0 ? '4 24' : groups_of($$) );
SKIP: {
    my @nobody = qw(setpriv --reuid=65534 --regid=65534 --clear-groups);
    skip 'needs root, and a folder that everybody may enter', 1
        if $> != 0 || system( @nobody, 'test', '-x', program('exec') ) != 0;
    local @Realm::as = @nobody;
    check( 'as nobody', '' );
}
check_growth();
done_testing;
