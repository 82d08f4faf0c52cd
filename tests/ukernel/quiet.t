#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# The supervisor takes no part in the work of the microkernel: it makes no system call while programs use names, services,
# events and ports.
use strict;
use warnings;
use lib 'tests/core';
use File::Temp 'tempdir';
use Realm;
use Test::More;
use Time::HiRes 'sleep';

use_microkernel();
plan skip_all => 'strace is missing or may not trace here' if system('strace -qq -o /dev/null true 2>/dev/null') != 0;

my %rounds = ( names => 1000, services => 2000, events => 2000, opening => 1000, ports => 5000 );
my $folder = tempdir( CLEANUP => 1 );
my $realm  = start_realm('quiet');

sub does {
    my ( $what, $rounds ) = @_;
    print { $realm->{to} } "$what $rounds\n";
    return ( $realm->line(120) // 'nothing' ) =~ s/\n//r;
}

# Attaches to all threads of the supervisor; what they were in is told once.
sub attach {
    my $pid = fork // die;
    if ( !$pid ) {
        open STDERR, '>', "$folder/messages" or die;
        exec 'strace', '-f', '-o', "$folder/trace", '-p', $realm->{pid} or die;
    }
    until_true( sub { grep { /attached with \d+ threads/ } lines_of("$folder/messages") }, 20 )
      or BAIL_OUT('strace does not attach');
    return $pid;
}

# A call that is resumed is one line more, which has no parenthesis in front.
sub calls {
    my @calls = grep { /^\d+ +\w+\(/ } lines_of("$folder/trace");
    return @calls;
}

sub calls_since {
    my ($before) = @_;
    my @calls = calls();
    return @calls[ $before .. $#calls ];
}

# What has been begun is over when nothing more comes.
sub settle {
    my ( $last, $now ) = ( -1, scalar calls() );
    while ( $now != $last ) {
        sleep 1.2;
        ( $last, $now ) = ( $now, scalar calls() );
    }
    return $now;
}

is( does( $_, 100 ), 'done', "$_: warming up" ) for sort( keys %rounds ), 'pipes', 'memory';
my $tracer = attach();
is( does( 'memory', 1 ), 'done', 'a memory object is made by the supervisor' );
ok( until_true( sub { grep { /memfd_create\(/ } calls() }, 20 ), 'and its system calls are seen' );
my $before = settle();
for my $what ( sort keys %rounds ) {
    is( does( $what, $rounds{$what} ), 'done', "$what: $rounds{$what} rounds" );
    is( join( '', calls_since($before) ), '', "$what: without a system call of the supervisor" );
    $before = calls();
}

# Both ends of a COPIPE call ipcd. Whoever finds it busy waits, at most for a second: a time limit, of which the earliest
# is known to the thread that watches them. That wakes up for one that is earlier, and when it is over.
my ( $begin, $rounds ) = ( time, 5000 );
is( does( 'pipes', $rounds ), 'done', "pipes: $rounds rounds" );
my @calls = calls_since($before);
is( join( '', grep { !/ futex\(/ } @calls ), '', 'pipes: only the watch of time limits' );
cmp_ok( scalar @calls, '<=', 4 * ( time - $begin + 2 ), 'pipes: a few times a second, not for each round' );

$before = settle();
is( does( 'memory', 1 ), 'done', 'the control' );
ok( until_true( sub { grep { /memfd_create\(/ } calls_since($before) }, 20 ), 'is seen at the end, too' );
kill INT => $tracer;
waitpid $tracer, 0;
close delete $realm->{to};
is( $realm->status(20), 0, 'the realm ends' ) or diag $realm->messages;
done_testing;
