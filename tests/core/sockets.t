#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Sockets of IPv4 over the loopback device, and what programs cannot make of them; a socket of Unix that a program is
# given.
use strict;
use warnings;
use lib 'tests/core';
use Cwd 'abs_path';
use POSIX ();
use Realm;
use Socket;
use Test::More;

my $program = abs_path( program('sockets') );
my ( $output, $messages, $status ) = run_realm( [ $program, $program ] );
ok( $1 eq 'ok', $2 ) while $output =~ /^(ok|not ok) \d+ - (.*)$/mg;
is( $status, 0, 'all of that' ) or diag $output, $messages;

# A message of one byte and a file.
sub send_file {
    my ( $socket, $byte, $file ) = @_;
    my $address = sub { unpack 'J', pack 'p', $_[0] };
    my $control = pack 'J l l l x4', 20, 1, 1, fileno $file; # SOL_SOCKET, SCM_RIGHTS
    my $part    = pack 'J J', $address->($byte), 1;
    my $header  = pack 'J J J J J J J', 0, 0, $address->($part), 1, $address->($control), length $control, 0;
    return syscall 46, fileno $socket, $header, 0;           # sendmsg
}

socketpair my $ours, my $theirs, AF_UNIX, SOCK_STREAM, 0 or die;
open my $file, '<', $0 or die;
is( send_file( $ours, $_, $file ), 1, 'a file is sent to the program' ) for qw(a b);
my $pid = open( my $results, '-|' ) // die;
if ( !$pid ) {
    POSIX::dup2( fileno $theirs, 0 );
    exec $ENV{COMESG} // 'build/cli/comesg', qw(run --bare), $program, 'unix';
}
close $theirs;
while (<$results>) { ok( $1 eq 'ok', "a socket of Unix that was given: $2" ) if /^(ok|not ok) \d+ - (.*)$/ }
close $results;
is( $?, 0, 'all of that' );
is( sysread( $ours, my $bytes, 10 ), 1, 'what it sends arrives' );
done_testing;
