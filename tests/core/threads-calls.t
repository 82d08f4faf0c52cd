#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Threads that serve and threads that call; deaths of processes of which several threads run somebody else's code.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;

$SIG{PIPE} = 'IGNORE';
my $count = 8;

{
    my ( $output, $messages, $status ) = run_realm( [ 'crew', 'serve', $count ], [ 'crew', 'ask', $count ] );
    is( $status, 0, 'threads call threads' ) or diag $output, $messages;
    my @good = ( $output // '' ) =~ /^ok /mg;
    is( scalar @good, 6, 'all results' ) or diag $output;
}

sub pids {
    my ($realm) = @_;
    my @pids;
    until_true( sub { @pids = $realm->messages =~ /started with pid (\d+)/g; @pids == 3 }, 10 );
    return @pids;
}

sub order {
    my ( $realm, $words ) = @_;
    syswrite $realm->{to}, "$words\n";
}

# The line that matches, or what came last.
sub expect {
    my ( $realm, $pattern, $name ) = @_;
    my $line;
    while ( defined( $line = $realm->line(15) ) ) { last if $line =~ $pattern }
    ok( defined $line, $name ) or diag $realm->messages;
}

# Kills the lender or the crew, then looks at the crew.
sub death {
    my ( $name, $role, $victim, $signal, $answer, $recover ) = @_;
    my $realm = start_realm( [ 'crew', 'serve', $count, $recover ? 'recover' : () ],
        [ 'crew', $role, $count ], [ 'crew', 'control', $count ] );
    my @pids = pids($realm);
    expect( $realm, qr/^lending$/, "$name: its threads run the crew's" );
    kill $signal => $pids[$victim] if $signal;
    expect( $realm, qr/^7 ENOLINK$/, "$name: ENOLINK for all" ) if $victim == 0;
    my $end = qr/ \(pid $pids[$victim]\) was ended/;
    ok( until_true( sub { $realm->messages =~ $end }, 10 ), "$name: it ends" );
    order( $realm, 'release' );
    order( $realm, 'check' );
    expect( $realm, $answer, "$name: what becomes of the crew" );
    order( $realm, 'exit' );
    is( $realm->status(10), 0, "$name: the realm ends" ) or diag $realm->messages;
    ok( $realm->gone, "$name: nothing remains" );
    return $realm->messages;
}

my $unharmed = qr/^7 answers, 0 recovered, 0 gone$/;
my $gone     = qr/^0 answers, 0 recovered, 7 gone$/;
death( 'terminated', 'lend', 1, 'TERM', $unharmed );
like( death( 'a thread faults', 'fault', 1, undef, $unharmed ), qr/SIGSEGV\), address 0x[0-9a-f]+5678/, 'it is reported' );
death( 'killed', 'lend', 1, 'KILL', $gone );
death( 'killed, the crew recovers', 'lend', 1, 'KILL', qr/^7 answers, 7 recovered, 0 gone$/, 'recover' );
death( 'the crew is killed', 'lend', 0, 'KILL', $gone );
death( 'the crew is terminated', 'lend', 0, 'TERM', $gone );
done_testing;
