#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# What the supervisor does with its standard error and with its resource limits, which come from whoever starts the realm
# and may be in a co-process's hands: nobody is harmed by a reader who has gone, a pipe that is full, a name that looks
# like a message, or a limit that would hit the wrong one.
use strict;
use warnings;
use lib 'tests/core';
use Cwd 'abs_path';
use File::Temp 'tempdir';
use IO::Handle;
use POSIX ();
use Realm;
use Test::More;

# A callee that is ended with a message, while the caller goes on to its own end.
my @crash = ( [qw(server victim)], [qw(server other)], [qw(crash 0 0)] );

# Standard error is a pipe like this.
sub with_pipe {
    my ( $what, $prepare ) = @_;
    pipe my $read, my $write or die;
    $prepare->( $read, $write );
    my $words = join ' ', map { "'$_'" } ( $ENV{COMESG} // 'build/cli/comesg', qw(run --bare), parts() );
    my $pid = fork // die;
    if ( !$pid ) {
        setpgrp;
        open STDOUT, '>', '/dev/null' or die;
        POSIX::dup2( fileno $write, 2 );
        exec 'sh', '-c', "exec $words" or POSIX::_exit(125);
    }
    close $write;
    my $ended = until_true( sub { waitpid( $pid, POSIX::WNOHANG ) == $pid }, $ENV{MESSAGES_SECONDS} // 20 );
    my $status = $?;
    kill KILL => -$pid;
    waitpid $pid, 0 if !$ended;
    ok( $ended, "$what: the realm ends" );
    is( $ended && $status, 0, "$what: as it should" );
}

sub parts {
    my @words;
    for my $part (@crash) {
        my ( $name, @arguments ) = @$part;
        push @words, @words ? ':' : (), program($name), @arguments;
    }
    return @words;
}

with_pipe( 'a standard error that nobody reads', sub { close $_[0] } );
with_pipe(
    'a standard error that is full',
    sub {
        my ( undef, $write ) = @_;
        $write->blocking(0);
        1 while syswrite $write, 'x' x 4096;
        $write->blocking(1);
    }
);

# A program whose name ends a line and begins another.
my $folder = tempdir( CLEANUP => 1 );
my $name   = "$folder/server\ncomesg: forged";
symlink abs_path( program('server') ), $name or die;
my ( $output, $messages, $status ) = run_realm( [ $name, 'victim' ], @crash[ 1, 2 ] );
my @ended = $messages =~ /^(.*was ended.*)$/mg;
is( scalar @ended, 1, 'a program with a strange name is ended' ) or diag $messages;
like( $ended[0] // '', qr/^comesg: server\?comesg: forged \(pid/, 'and forges no message' );

# Limits of CPU time and of memory that are finite but can be lifted, and those that cannot.
sub with_limits {
    my ( $limits, @as ) = @_;
    local @Realm::as = ( @as, 'sh', '-c', "$limits; exec \"\$@\"", 'sh' );
    return run_realm(@crash);
}

for my $option (qw(t d v)) {
    ( $output, $messages, $status ) = with_limits("ulimit -S$option 500000");
    is( $status, 0, "a limit (ulimit -$option) that can be lifted is" ) or diag $messages;
}
SKIP: {
    my @nobody = $> ? () : qw(setpriv --reuid=65534 --regid=65534 --clear-groups);
    skip 'needs a folder that everybody may enter', 6
        if system( @nobody, 'test', '-x', program('server') ) != 0;
    for my $option (qw(t d v)) {
        ( $output, $messages, $status ) = with_limits( "ulimit -$option 500000", @nobody );
        is( $status, 126, "one that cannot (-$option) refuses the realm" );
        like( $messages, qr/^comesg: a resource limit \(ulimit -$option\) would hit/, 'and is named' );
    }
}
done_testing;
