#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# File descriptors as attachments of messages: each arrives where it belongs, and none stays behind in ipcd, whoever is
# killed.
use strict;
use warnings;
use lib 'tests/core';
use File::Temp 'tempdir';
use Fcntl;
use POSIX ();
use Realm;
use Test::More;
use Time::HiRes 'sleep';

use_microkernel();

my $folder = tempdir( CLEANUP => 1 );

sub results {
    my ( $least, $realm ) = @_;
    my $count = 0;
    while ( defined( my $line = $realm->line(60) ) ) {
        next if $line !~ /^(ok|not ok)(?: \d+)? - (.*)$/;
        ok( $1 eq 'ok', $2 );
        $count++;
    }
    is( $realm->status(20), 0, 'all of that' ) or diag $realm->messages;
    cmp_ok( $count, '>=', $least, 'nothing is missing' );
}

sub answers {
    my ( $realm, $expected, $what ) = @_;
    my $line = $realm->line(30) // 'nothing';
    return is( $line, "$expected\n", $what ) || diag $realm->messages;
}

sub ask {
    my ( $realm, $what ) = @_;
    print { $realm->{to} } "\n";
    return answers( $realm, 'works', $what );
}

# The files that a process has open.
sub files_of {
    my ($pid) = @_;
    return map { readlink // () } glob "/proc/$pid/fd/*";
}

sub end {
    my ($realm) = @_;
    close delete $realm->{to};
    is( $realm->status(20), 0, 'the realm ends' ) or diag $realm->messages;
}

results( 43, start_realm( [ program('port-descriptors') ] ) );
results( 2, start_realm( [ program('port-descriptors'), 'circles' ] ) );
{
    # A table so small that ipcd has room for fewer.
    local @Realm::as = ( 'sh', '-c', 'ulimit -n 1024; exec "$@"', 'sh' );
    my $realm = start_realm( [ program('port-descriptors'), 'flood' ], [ program('port-descriptors'), 'keep' ] );
    my @lines = sort map { $realm->line(30) // '' } 1 .. 2;
    like( $lines[0], qr/^flooded [1-9]\d? EDQUOT$/, 'with few descriptors each co-process has fewer' );
    ask( $realm, 'and others have some still' );
    end($realm);
    my @programs = ( [ program('port-descriptors'), 'flood' ] ) x 10;
    $realm = start_realm( @programs, [ program('port-descriptors'), 'keep' ] );
    @lines = map { $realm->line(30) // '' } 0 .. @programs;
    ok( ( grep { /^flooded \d+ ENOMEM$/ } @lines ) > 0, 'ENOMEM when all together have as many as there is room for' ) or diag @lines;
    end($realm);
}

# Whoever takes all that he can has his part; so have those who have ended, whatever is left of them.
{
    my $realm = start_realm( ( map { [ program('port-descriptors'), 'flood' ] } 1 .. 2 ), [ program('port-descriptors'), 'keep' ] );
    my @lines = sort map { $realm->line(30) // '' } 1 .. 3;
    is( "@lines", "flooded 256 EDQUOT\n flooded 256 EDQUOT\n ready\n", 'two have all that they can have' );
    ask( $realm, 'and others have some still' );
    end($realm);
}
{
    my $realm = start_realm( ( map { [ program('port-descriptors'), 'abandon' ] } 1 .. 8 ), [ program('port-descriptors'), 'keep' ] );
    my @lines = sort map { $realm->line(30) // '' } 1 .. 9;
    is( join( '', @lines ), "abandoned 1\n" x 8 . "ready\n", 'eight have all that they can have, and end' );
    my $ipcd = $realm->member('ipcd');
    ok( until_true( sub { my $count = () = files_of($ipcd); $count > 4 * 256 && $count < 5 * 256 }, 10 ),
        'what four of them have left stays, and of the others nothing' )
      or diag scalar( () = files_of($ipcd) );
    ask( $realm, 'and others have some still' );
    end($realm);
}

{
    my $realm = start_realm( [ program('port-descriptors'), 'restart' ] );
    answers( $realm, 'ready', 'some are queued' );
    my $ipcd = $realm->member('ipcd');
    ok( $ipcd && kill( KILL => $ipcd ), 'ipcd is killed' );
    print { $realm->{to} } "go\n";
    results( 4, $realm );
}

# Any of those who send and receive is killed, at any instant.
{
    my @parts = map { [ program('port-descriptors'), @$_ ] } ( ['receive'] ) x 12,
      ( [ 'send', "$folder/fifo" ] ) x 12, ['keep'];
    POSIX::mkfifo( "$folder/fifo", 0600 ) or die;
    sysopen my $reader, "$folder/fifo", O_RDONLY | O_NONBLOCK or die;
    my $realm = start_realm(@parts);
    answers( $realm, 'ready', 'a port' );
    my $ipcd = $realm->member('ipcd');
    my @all;
    until_true( sub { @all = $realm->messages =~ m{port-descriptors started with pid (\d+)}g; @all == @parts }, 20 );
    pop @all;
    my $least = () = files_of($ipcd);
    srand( $ENV{SEED} // 1 );

    for ( 1 .. 20 ) {
        sleep 0.01 + rand 0.03;
        kill KILL => splice @all, rand @all, 1;
    }
    ask( $realm, 'with some killed, ipcd goes on' );
    kill KILL => @all;
    # A long message that ipcd was copying may come after its sender has gone.
    my $works = sub {
        print { $realm->{to} } "\n";
        return ( $realm->line(30) // '' ) eq "works\n";
    };
    my $empty = sub {
        my $line = $works->();
        my $read = sysread $reader, my $bytes, 1;
        return $line && defined $read && $read == 0;
    };
    ok( until_true( $empty, 20 ), 'when all are, and the port is empty, nobody has what they sent' ) or diag $realm->messages;
    ok( until_true( sub { $works->() && ( () = files_of($ipcd) ) <= $least }, 10 ), 'and ipcd has no more open than at first' )
      or diag join ' ', files_of($ipcd);
    end($realm);
    is( $realm->output(1), '', 'each came with its own message' );
}
done_testing;
