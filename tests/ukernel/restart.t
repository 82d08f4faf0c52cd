#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Death at any instant: of a service, which is started again and goes on with the handles of its clients; of clients in
# the middle of calls; of a service that cannot live; of coprocd.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;
use Time::HiRes qw(sleep);

use_microkernel();
my $seed = $ENV{SEED} // time;
srand $seed;
diag "SEED=$seed" if $ENV{SEED};

# The pids of a service, in the order of its starts.
sub starts {
    my ( $realm, $name ) = @_;
    my @pids = $realm->messages =~ m{/\Q$name\E started with pid (\d+)}g;
    return @pids;
}

# Starts clients and waits until all work: their pids.
sub start_clients {
    my ( $count, @arguments ) = @_;
    my $realm = start_realm( map { [ program('steady'), @arguments ] } 1 .. $count );
    my @pids;
    for ( 1 .. $count ) {
        my $line = $realm->line(30) // '';
        push @pids, $1 if $line =~ /^ready (\d+)$/;
    }
    return ( $realm, @pids );
}

sub results {
    my ( $realm, $clients, $what ) = @_;
    close delete $realm->{to};
    my $output = $realm->output(60);
    my @wrong  = $output =~ /^good \d+ lost \d+ wrong (\d+)$/mg;
    cmp_ok( scalar @wrong, '>=', 1, "$what: clients go on to their end" ) or diag $output;
    ok( !grep( { $_ } @wrong ), "$what: and see nothing that they must not" ) or diag $output;
    is( $realm->status, 0, "$what: so does the realm" ) or diag $output, $realm->messages;
    ok( gone($realm), "$what: nothing is left" );
}

sub service_dies {
    my ( $name, $times ) = @_;
    my ( $realm, @clients ) = start_clients(3);
    is( scalar @clients, 3, "$name dies: clients work" ) or diag $realm->messages;
    for ( 1 .. $times ) {
        my @before = starts( $realm, $name );
        sleep rand 0.1;
        kill KILL => $before[-1];
        ok( until_true( sub { starts( $realm, $name ) > @before }, 20 ), "$name dies: it is started again" );
    }
    results( $realm, 3, "$name dies" );
}

# While the worker of a service runs on their kernel threads, or not.
sub clients_die {
    my ( $name, @arguments ) = @_;
    my ( $realm, @clients ) = start_clients( 4, @arguments );
    my $what = "clients of $name die";
    is( scalar @clients, 4, "$what: clients work" ) or diag $realm->messages;
    my ($main) = reverse $realm->messages =~ m{steady started with pid (\d+)}g;
    for my $pid ( grep { $_ != $main } @clients ) {
        sleep rand 0.1;
        kill KILL => $pid;
    }
    sleep rand 0.05;
    results( $realm, 1, $what );
    is( scalar( starts( $realm, $name ) ), 1, "$what: it lives on" ) or diag $realm->messages;
}

# One that ends as soon as it has been started.
sub service_cannot_live {
    my ($realm) = start_clients(1);
    my $killed = 0;
    until_true(
        sub {
            my @pids = starts( $realm, 'coserviced' );
            kill KILL => $pids[-1] if @pids > $killed;
            $killed = @pids;
            $realm->messages =~ /the microkernel has ended/;
        },
        30
    );
    is( $realm->status(20), 125, 'a service that ends again and again ends the realm' );
    like( $realm->messages, qr/coprocd: coserviced has ended more than 5 times in 10 seconds/, 'for this reason' );
    is( $killed, 6, 'after five attempts' );
    ok( gone($realm), 'nothing is left' );
}

sub coprocd_dies {
    my ($realm) = start_clients(2);
    kill KILL => $realm->member('coprocd');
    is( $realm->status(20), 125, 'the realm ends with coprocd' );
    like( $realm->messages, qr/the microkernel has ended \(coprocd, pid \d+\), and with it the realm/, 'and says so' );
    ok( gone($realm), 'nothing is left' );
}

# As from a terminal, or by timeout(1).
sub group_is_signalled {
    my ($realm) = start_clients(2);
    kill TERM => -$realm->{pid};
    is( $realm->status(20), 128 + 15, 'a signal to the whole group ends the realm as one to comesg' );
    unlike( $realm->messages, qr/the microkernel has ended/, 'the microkernel does not end before' );
}

service_dies( 'coserviced', 4 );
service_dies( $_, 2 ) for qw(nsd coeventd ipcd);
clients_die('coserviced');
clients_die( 'coprocd', 'join' );
service_cannot_live();
coprocd_dies();
group_is_signalled();

done_testing;
