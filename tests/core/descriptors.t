#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# File descriptors as attachments: what arrives, what is refused, and that nothing is left of what does not arrive.
use strict;
use warnings;
use lib 'tests/core';
use File::Temp 'tempdir';
use Fcntl;
use POSIX ();
use Realm;
use Test::More;
use Time::HiRes 'sleep';

# DESCRIPTORS_INPUT: only what is refused as standard input, of this kind; DESCRIPTORS_ROUNDS: so many deaths.
my $folder = tempdir( CLEANUP => 1 );

sub results {
    my ( $what, @programs ) = @_;
    local $Realm::each = sub { ok( $1 eq 'ok', $what ? "$what: $2" : $2 ) if $_[0] =~ /^(ok|not ok) \d+ - (.*)$/ };
    my ( $output, $messages, $status ) = run_realm(@programs);
    is( $status, 0, $what ? "$what: all of that" : 'all of that' ) or diag $output, $messages;
}

# What the realm is started with as its standard input.
my %standard = (
    socket => 'use Socket; socket(S, AF_UNIX, SOCK_DGRAM, 0) && bind(S, pack_sockaddr_un("\0comesg$$")) && '
      . 'connect(S, pack_sockaddr_un("\0comesg$$")) or die $!; open(STDIN, "<&=", \*S); POSIX::dup2(fileno S, 0);',
    eventfd => 'my $e = syscall(290, 0, 0); POSIX::dup2($e, 0);',
    pipe    => 'pipe my $r, my $w; sysopen my $both, "/dev/fd/" . fileno($r), 2 or die $!; '
      . 'POSIX::dup2(fileno $both, 0);',
);
my %refused = (
    'a file of procfs'         => 'open my $f, "<", "/proc/self/mem" or die $!; POSIX::dup2(fileno $f, 0);',
    'another anonymous object' => 'my $i = syscall(294, 0); POSIX::dup2($i, 0);',
);
$refused{'a device'} = 'open my $f, "+<", "/dev/ptmx" or die $!; POSIX::dup2(fileno $f, 0);' if open my $f, '+<', '/dev/ptmx';

sub with_input {
    my ( $what, $kind, $code ) = @_;
    local @Realm::as = ( $^X, '-e', "use POSIX; $code exec \@ARGV or die" );
    results( $what, [qw(descriptors serve server 4)], [ qw(descriptors standard), $kind ] );
}
if ( my $kind = $ENV{DESCRIPTORS_INPUT} ) {
    with_input( $kind, 'refused', $refused{$kind} );
    done_testing;
    exit;
}
with_input( $_, $_, $standard{$_} ) for sort keys %standard;
with_input( $_, 'refused', $refused{$_} ) for sort keys %refused;

results(
    '',
    [qw(descriptors serve server 64)],
    [qw(descriptors serve narrow 4)],
    [qw(descriptors serve without 0)],
    [ qw(descriptors pass middle server), $folder ],
    [ qw(descriptors client),             $folder ]
);

{
    local @Realm::as = ( 'sh', '-c', 'ulimit -n 300; exec "$@"', 'sh' );
    results( 'a full table', [qw(descriptors give)], [qw(descriptors full)] );
}

# How often this process has a file that is gone, as those of the test are.
sub files_of {
    my ($pid) = @_;
    return scalar grep { ( readlink $_ // '' ) =~ /\(deleted\)$/ } glob "/proc/$pid/fd/*";
}

# Co-processes that are started meanwhile get nothing of what is just being passed.
{
    my $realm = start_realm( [qw(descriptors serve server 64)], [ qw(descriptors start), $folder ] );
    my ( @pids, $line );
    push @pids, $1 while defined( $line = $realm->line(30) ) && $line =~ /^(\d+)$/;
    is( $line, "started\n", 'programs are started while descriptors are passed' ) or diag $realm->messages;
    is( scalar @pids, 20, 'all of them' );
    is( scalar( grep { files_of($_) != 1 } @pids ), 0, 'they inherit what is open, and nothing of the core' );
    close delete $realm->{to};
    is( $realm->status, 0, 'the realm ends' );
}

# Writers of a pipe without a name: true if there are none within the limit. Reads what they write.
sub no_writer {
    my ($reader) = @_;
    return until_true( sub { my $read = sysread $reader, my $bytes, 65536; defined $read && $read == 0 }, 10 );
}

# Any of the two is killed, or stopped for some time, at any instant: the others go on, and nobody keeps the files.
sub member_pids {
    my ( $realm, $count ) = @_;
    my @pids;
    until_true( sub { $count == ( @pids = $realm->messages =~ /started with pid (\d+)/g ) }, 20 );
    return @pids;
}
for my $round ( 1 .. $ENV{DESCRIPTORS_ROUNDS} // 12 ) {
    my $fifo = "$folder/fifo$round";
    POSIX::mkfifo( $fifo, 0600 ) or die;
    sysopen my $reader, $fifo, O_RDONLY | O_NONBLOCK or die;
    my $realm = start_realm(
        [qw(descriptors serve server 64)],
        [ qw(descriptors flood server), $fifo ],
        [qw(descriptors idle)]
    );
    is( $realm->line(20), "flooding\n", "round $round: descriptors are passed" ) or diag $realm->messages;
    my ( $server, $client, $idle ) = member_pids( $realm, 3 );
    my @order = $round % 2 ? ( $server, $client ) : ( $client, $server );
    kill STOP => $order[0] if $round % 3 == 0;
    sleep 0.01 + rand 0.05;
    kill KILL => $order[0];
    sleep rand 0.005;
    kill KILL => $order[1] if $order[0] == $server || $round % 4;
    ok( no_writer($reader), "round $round: nobody has them when the sender, or both, are dead" );
    ok( kill( 0, $idle ),   "round $round: the realm lives" );
    kill KILL => $idle;
    ok( gone( $realm, 10 ), "round $round: and ends" );
}

# A receiver that is stopped, to whom many want to pass descriptors, keeps nobody from passing them to others.
{
    POSIX::mkfifo( "$folder/stopped", 0600 ) or die;
    sysopen my $reader, "$folder/stopped", O_RDONLY | O_NONBLOCK or die;
    my $realm = start_realm(
        [qw(descriptors serve stopped 64)],
        ( map { [ qw(descriptors flood stopped), "$folder/stopped" ] } 1 .. 3 ),
        [qw(descriptors serve server 64)],
        [qw(descriptors serve narrow 4)],
        [qw(descriptors serve without 0)],
        [ qw(descriptors pass middle server), $folder ],
        [ qw(descriptors client),             $folder ]
    );
    my $line = $realm->line(20);
    my ($stopped) = member_pids( $realm, 9 );
    kill STOP => $stopped;
    my $output = $line . $realm->output(30);
    is( $realm->status, 0, 'while one is stopped others pass descriptors' ) or diag $output, $realm->messages;
    ok( no_writer($reader), 'nothing is left in the end' );
}
done_testing;
