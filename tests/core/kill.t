#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Kills from outside at every moment of a call: those concerned are told within seconds, nobody hangs, nothing remains.
# KILL_WHEN names one of the first cases, or `stopped`, or `sent`; KILL_LIMIT says how many seconds are too long.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;
use Time::HiRes qw(sleep time);

$SIG{PIPE} = "IGNORE";

my $limit = $ENV{KILL_LIMIT} // 12;
my ($server, $other, $listener) =
    ( [qw(talker serve server)], [qw(talker serve other)], [qw(talker listen)] );

# The n-th program's pid, when all have started.
sub pids {
    my ( $realm, $count ) = @_;
    my @pids;
    until_true( sub { @pids = $realm->messages =~ /started with pid (\d+)/g; @pids == $count }, 10 );
    return @pids;
}

sub ask {
    my ( $realm, $words ) = @_;
    syswrite $realm->{to}, "$words\n";
}

sub answer_is {
    my ( $realm, $expected, $name ) = @_;
    my $line = $realm->line($limit) // 'nothing';
    chomp $line;
    is( $line, $expected, $name );
}

sub ends_well {
    my ( $realm, $name ) = @_;
    close delete $realm->{to};
    is( $realm->status($limit), 0, "$name: the realm ends" ) or diag $realm->messages;
    ok( $realm->gone, "$name: nothing remains" );
}

# Returns when the program serves its caller, on the caller's thread as far as is known.
sub serves {
    my ( $realm, $program, $name ) = @_;
    ask( $realm, "$program until-busy" );
    answer_is( $realm, "$program: EBUSY", "$name: $program serves" );
}

# The same, in a request that goes home.
sub at_home {
    my ( $realm, $program, $name ) = @_;
    answer_is( $realm, "$program at home", "$name: $program is at home" );
}
my %goes_home = map { $_ => 1 } qw(home-loop sleep nap);

sub others_go_on {
    my ( $realm, $name ) = @_;
    ask( $realm, 'other echo' );
    answer_is( $realm, 'other: done echo', "$name: others go on" );
}

# A lender that is stopped gives back what is others', and does not go on with its own.
sub stays_stopped {
    my ( $realm, $name ) = @_;
    is( $realm->line(0.2), undef, "$name: the lender does not go on" );
}

sub test_stopped_lender {
    my ($how) = @_;
    my $name  = "lender stopped, callee in $how";
    my $realm = start_realm( $server, $other, [ qw(talker call server), $how eq 'via' ? 'via other compute' : $how ],
        $listener );
    my @pids = pids( $realm, 4 );
    is( $realm->line, "calling server\n", "$name: it calls" );
    $how eq 'long' ? serves( $realm, 'server', $name ) : sleep 0.05;
    kill STOP => $pids[2];
    ask( $realm, 'server echo' );
    answer_is( $realm, 'server: done echo', "$name: the callee goes on" );
    stays_stopped( $realm, $name );
    kill CONT => $pids[2];
    my $reply = $how eq 'via' ? 'done' : $how;
    my $line = $realm->line($limit) // 'nothing';
    like( $line, qr/^server $how.*: done $reply$/, "$name: and gets its reply" );
    others_go_on( $realm, $name );
    ends_well( $realm, $name );
}

# Signals that can be handled move the callee home first. One that a fault would raise is not the callee's when somebody
# has sent it.
sub test_sent_signal {
    my ( $how, $reason ) = @_;
    my $name  = "caller ended by SIG$how, callee on its thread";
    my $realm = start_realm( $server, $other, [qw(talker call server compute)], $listener );
    my @pids  = pids( $realm, 4 );
    is( $realm->line, "calling server\n", "$name: it calls" );
    sleep 0.05;
    kill $how => $pids[2];
    ask( $realm, 'server echo' );
    answer_is( $realm, 'server: done echo', "$name: the callee goes on" );
    ok( until_true( sub { $realm->messages =~ /talker \(pid $pids[2]\) was ended: $reason/ }, $limit ),
        "$name: the caller is ended" );
    others_go_on( $realm, $name );
    ends_well( $realm, $name );
}

if ( ( $ENV{KILL_WHEN} // '' ) eq 'stopped' ) {
    test_stopped_lender('long');
    done_testing;
    exit;
}
if ( ( $ENV{KILL_WHEN} // '' ) eq 'sent' ) {
    test_sent_signal( SEGV => 'Segmentation fault' );
    done_testing;
    exit;
}

for my $when ( $ENV{KILL_WHEN} // ( 'between calls', 'loop', 'home-loop', 'sleep', 'nap', 'wait', 'compute' ) ) {
    my $name  = "callee killed ($when)";
    my $realm = start_realm( $server, $other, $listener );
    my @pids  = pids( $realm, 3 );
    ask( $realm, 'other echo' );
    answer_is( $realm, 'other: done echo', "$name: all is well" );
    ask( $realm, 'server echo' );
    answer_is( $realm, 'server: done echo', "$name: a call" );
    if ( $when eq 'between calls' ) {
        kill KILL => $pids[0];
        ask( $realm, 'server echo' );
        my $line = $realm->line($limit) // 'nothing';
        # The kill takes effect at once, but the core need not know yet.
        if ( $line eq "server: done echo\n" ) { sleep 0.2; ask( $realm, 'server echo' ); $line = $realm->line($limit) }
        is( $line, "server: ENOLINK \n", "$name: ENOLINK" );
    }
    else {
        ask( $realm, "server $when" );
        $goes_home{$when} ? at_home( $realm, 'server', $name ) : sleep 0.05;
        kill KILL => $pids[0];
        answer_is( $realm, 'server: ENOLINK ', "$name: ENOLINK, soon" );
    }
    others_go_on( $realm, $name );
    ends_well( $realm, $name );
}

if ( $ENV{KILL_WHEN} ) {
    done_testing;
    exit;
}

# The caller dies while the callee runs on its kernel thread: the callee is lost with it.
{
    my $name  = 'caller killed, callee on its thread';
    my $realm = start_realm( $server, $other, [qw(talker call server loop)], $listener );
    my @pids  = pids( $realm, 4 );
    is( $realm->line, "calling server\n", "$name: it calls" );
    ask( $realm, 'other echo' );
    answer_is( $realm, 'other: done echo', "$name: all is well" );
    serves( $realm, 'server', $name );
    kill KILL => $pids[2];
    ask( $realm, 'server echo' );
    answer_is( $realm, 'server: ENOLINK ', "$name: other clients get ENOLINK" );
    others_go_on( $realm, $name );
    ok( until_true( sub { $realm->messages =~ /talker \(pid $pids[0]\) was ended: [^\n]*caller/ }, $limit ),
        "$name: the supervisor says why" );
    ends_well( $realm, $name );
}

# The callee is at home: it loses nothing but the reply.
for my $how (qw(KILL TERM)) {
    my $name  = "caller ended by SIG$how, callee at home";
    my $realm = start_realm( $server, $other, [qw(talker call server nap)], $listener );
    my @pids  = pids( $realm, 4 );
    is( $realm->line, "calling server\n", "$name: it calls" );
    at_home( $realm, 'server', $name );
    kill $how => $pids[2];
    ask( $realm, 'server echo' );
    answer_is( $realm, 'server: done echo', "$name: the callee goes on" );
    others_go_on( $realm, $name );
    ends_well( $realm, $name );
}

# As any callee in a slow pool is, from the start.
{
    my $name  = 'caller killed, callee in a slow pool';
    my $realm = start_realm( $server, $other, [qw(talker call-slow server long)], $listener );
    my @pids  = pids( $realm, 4 );
    is( $realm->line, "calling server\n", "$name: it calls" );
    serves( $realm, 'server', $name );
    kill KILL => $pids[2];
    ask( $realm, 'server echo' );
    answer_is( $realm, 'server: done echo', "$name: the callee goes on" );
    others_go_on( $realm, $name );
    ends_well( $realm, $name );
}

test_sent_signal( TERM => 'Terminated' );
test_sent_signal( SEGV => 'Segmentation fault' );

test_stopped_lender($_) for qw(long compute wait-awhile via);

{
    my $name  = 'lender stopped, callee killed';
    my $realm = start_realm( $server, $other, [qw(talker call server loop)], $listener );
    my @pids  = pids( $realm, 4 );
    is( $realm->line, "calling server\n", "$name: it calls" );
    serves( $realm, 'server', $name );
    kill STOP => $pids[2];
    kill KILL => $pids[0];
    others_go_on( $realm, $name );
    ok( until_true( sub { $realm->messages =~ /\(pid $pids[0]\) was ended/ }, $limit ), "$name: the callee ends" );
    stays_stopped( $realm, $name );
    kill CONT => $pids[2];
    answer_is( $realm, 'server loop: ENOLINK ', "$name: and is told when it is continued" );
    ends_well( $realm, $name );
}

{
    my $name  = 'lender stopped and continued at once';
    my $realm = start_realm( $server, $listener );
    my @pids  = pids( $realm, 2 );
    my $went_on = 0;
    for ( 1 .. 40 ) {
        ask( $realm, 'server brief' );
        sleep rand 0.01;
        kill STOP => $pids[1];
        sleep rand 0.014;
        kill CONT => $pids[1];
        $went_on += ( $realm->line($limit) // '' ) eq "server: done brief\n";
    }
    is( $went_on, 40, "$name: it goes on each time" );
    kill STOP => $pids[1];
    kill TERM => $pids[1];
    kill CONT => $pids[1];
    is( $realm->status($limit), 128 + 15, "$name: and ends when it is told to" );
    ok( $realm->gone, "$name: nothing remains" );
}

# main -> middle -> last, all on the thread of main.
my @chain = ( [qw(talker serve last)], [qw(talker serve middle)], $other, $listener );
for my $request (qw(loop sleep)) {
    my $name  = "last of a chain killed ($request)";
    my $realm = start_realm(@chain);
    my @pids  = pids( $realm, 4 );
    others_go_on( $realm, "$name, before" );
    ask( $realm, 'middle via last echo' );
    answer_is( $realm, 'middle: done done', "$name: all is well" );
    ask( $realm, "middle via last $request" );
    $goes_home{$request} ? at_home( $realm, 'last', $name ) : sleep 0.05;
    kill KILL => $pids[0];
    answer_is( $realm, 'middle: done ENOLINK', "$name: the one before is told" );
    others_go_on( $realm, $name );
    ends_well( $realm, $name );
}
for my $request (qw(compute loop nap sleep wait)) {
    my $name  = "middle of a chain killed ($request)";
    my $realm = start_realm(@chain);
    my @pids  = pids( $realm, 4 );
    ask( $realm, 'middle via last echo' );
    answer_is( $realm, 'middle: done done', "$name: all is well" );
    ask( $realm, "middle via last $request" );
    $goes_home{$request} ? at_home( $realm, 'last', $name ) : sleep 0.05;
    kill KILL => $pids[1];
    answer_is( $realm, 'middle: ENOLINK ', "$name: the one before is told" );
    others_go_on( $realm, $name );
    ends_well( $realm, $name );
}

# The ends of realms, with calls under way.
my @busy = (
    $server, $other,
    [qw(talker serve third)],
    [qw(talker call server loop)],
    [qw(talker call other sleep)],
    [qw(talker call third wait)], $listener
);
for my $end ( [ KILL => 'supervisor', 256 + 9 ],
    [ TERM => 'supervisor', 128 + 15 ], [ INT => 'group', 130 ], [ HUP => 'group', 129 ], [ TERM => 'group', 143 ] )
{
    my ( $signal, $whom, $status ) = @$end;
    my $name  = "SIG$signal to the $whom";
    my $realm = start_realm(@busy);
    pids( $realm, 7 );
    $realm->line for 1 .. 3;
    sleep 0.03;
    kill $signal => $whom eq 'group' ? -$realm->{pid} : $realm->{pid};
    is( $realm->status($limit), $status, "$name: the status" ) or diag $realm->messages;
    ok( $realm->gone, "$name: nothing remains" );
}
done_testing;
