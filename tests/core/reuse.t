#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# What is given to somebody else while a thread is about to use it: the place of a handle, the slot of a thread; what is
# used up so that nothing is left for others; calls that wait while their handle is revoked; names of who has ended.
# REUSE_PART is one of these.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;
use Time::HiRes 'sleep';

my $seconds = $ENV{REUSE_SECONDS} // 3;

sub prints_results {
    my ( $output, $messages, $status ) = @_;
    ok( $1 eq 'ok', $2 ) while $output =~ /^(ok|not ok) \d+ - (.*)$/mg;
    is( $status, 0, 'the program ends well' ) or diag $output, $messages;
}

my %parts = (
    handles => sub {
        my ( $output, $messages, $status ) = run_realm( [ 'reuse', 'handles', $seconds ] );
        is( $output, "0 strange results\n", 'no handle is taken for the one that had its place before' ) or diag $messages;
        is( $status, 0, 'and the core is unharmed' ) or diag $messages;
    },
    slots => sub {
        my ( $output, $messages, $status ) = run_realm( [ 'reuse', 'slots', $seconds ] );
        is( $output, "launched, 0 strange results\n", 'threads live on while others of the same slots have ended' )
            or diag $messages;
        is( $status, 0, 'to their end' ) or diag $messages;
        unlike( $messages, qr/was ended/, 'and so do all' );
    },
    objects => sub {
        local @Realm::as = ( 'sh', '-c', 'ulimit -n 2500; exec "$@"', 'sh' );
        prints_results( run_realm( [ 'reuse', 'objects', program('crew') ] ) );
    },
    names => sub {
        my $realm = start_realm( [qw(reuse publish)], [qw(reuse published)] );
        $realm->line;
        my ($publisher) = $realm->messages =~ /started with pid (\d+)/;
        sleep 0.02;
        kill KILL => $publisher;
        my $output = $realm->output(20);
        prints_results( $output, $realm->messages, $realm->status );
    },
    revoked => sub { prints_results( run_realm( [ 'reuse', 'revoked' ] ) ) },
);
$parts{$_}->() for $ENV{REUSE_PART} ? $ENV{REUSE_PART} : qw(handles slots objects names revoked);
done_testing;
