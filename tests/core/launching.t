#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Who starts programs, or what is being started, is killed at any instant: nothing stays, and others start theirs.
use strict;
use warnings;
use lib 'tests/core';
use File::Temp 'tempdir';
use Realm;
use Test::More;
use Time::HiRes qw(sleep time);

my $seed = $ENV{LAUNCHING_SEED} // time ^ $$;
srand $seed;

# Of the supervisor: KiB of memory, mappings, descriptors.
sub figures {
    my ($pid) = @_;
    my ($resident) = map { /^VmRSS:\s*(\d+)/ } lines_of("/proc/$pid/status");
    my @mappings    = lines_of("/proc/$pid/maps");
    my @descriptors = glob "/proc/$pid/fd/*";
    return ( $resident, scalar @mappings, scalar @descriptors );
}

my $realm = start_realm( [qw(launching main)] );
my $main  = $realm->member('launching');

sub order {
    my ($what) = @_;
    print { $realm->{to} } "$what\n";
    return $realm->line(30) // '';
}

# Something is killed at some instant; then who goes on starting others, too.
sub strike {
    my $answer = order('storm');
    my ($storm) = $answer =~ /^(\d+)$/ or return fail("a program starts: $answer");
    my $end = time + rand 0.02;
    while ( time < $end ) {
        my @others = grep { $_ != $main && $_ != $storm && $_ != $realm->{pid} } children( $realm->{pid} );
        kill KILL => $others[ rand @others ] if @others;
    }
    kill KILL => $storm;
}

sub is_quiet {
    return until_true( sub { children( $realm->{pid} ) == 2 }, 20 );
}

my @figures;
for my $rounds ( 20, 60 ) {
    strike() for 1 .. $rounds;
    ok( is_quiet(), "$rounds times: all ends that was begun" )
      or diag "seed $seed: ", join ' ', children( $realm->{pid} );
    like( order('one'), qr/^\d+$/, 'a program can be started' ) for 1 .. 20;
    ok( is_quiet(), 'and ends' );
    push @figures, [ figures( $realm->{pid} ) ];
}
my ( $before, $after ) = @figures;
cmp_ok( $after->[0], '<', $before->[0] + 4096, "no memory stays (seed $seed)" );
cmp_ok( $after->[1], '<', $before->[1] + 16,   'no mappings' );
is( $after->[2], $before->[2], 'no descriptors' );
close delete $realm->{to};
is( $realm->status, 0, 'the realm ends' ) or diag $realm->messages;

# A file system that says so runs no programs.
SKIP: {
    my $folder = tempdir( CLEANUP => 1 );
    my $copy   = "$folder/program";
    local @Realm::as = (
        'unshare', '-m', 'sh', '-c',
        "mount -t tmpfs -o noexec,mode=755 none $folder && cp " . program('launching') . " $copy && exec \"\$@\"", 'sh'
    );
    skip 'needs to mount a file system', 1 if system( @Realm::as, 'true' ) != 0;
    my ($output) = run_realm( [ qw(launching try), $copy ] );
    is( $output, "Permission denied\n", 'a file system mounted with noexec' );
}
done_testing;
