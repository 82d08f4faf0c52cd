#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# As stress.t, but in one realm, in which whoever has died is started again, for as long as it takes. In the end nothing
# may have been used up: descriptors, mappings, memory, processes.
#
# RESTART_SECONDS, RESTART_SEED as there. What happens is the same for the same seed, when it happens is not.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;
use Time::HiRes qw(sleep time);

my $seconds = $ENV{RESTART_SECONDS} // 12;
my $seed    = $ENV{RESTART_SEED}    // time * 1000 % 1000000;
my ( $services, $clients ) = ( 6, 4 );
my $programs = 'build/tests/core/stress';
my $realm    = start_realm( [ "$programs/keeper", $programs ] );
my ( %lives, %stopped, %did, @log, $failed );
my $output = '';
my $begin  = time;
srand $seed;

sub remember { push @log, sprintf '%.4f %s', time - $begin, $_[0]; shift @log if @log > 200 }

# What the realm has said up to now. The keeper answers each order with one line.
sub hear {
    my ($limit) = @_;
    my $line = $realm->line($limit) // return;
    $output .= $line if $line =~ /WRONG|Bail/;
    $did{answers} += $1 if $line =~ /(\d+) answered/;
    if ( $line =~ /^client (\d+): (\d+) calls/ ) { # it has ended by itself
        my $pid = $1;
        $did{calls} += $2;
        delete @lives{ grep { $lives{$_}{pid} == $pid } keys %lives };
        delete $stopped{$pid};
    }
    return $line;
}

# True if it has said something.
sub has_line {
    my $bits = '';
    vec( $bits, fileno $realm->{from}, 1 ) = 1;
    return ( $realm->{buffer} // '' ) =~ /\n/ || select $bits, undef, undef, 0;
}

sub launch {
    my ( $name, $words ) = @_;
    print { $realm->{to} } "$words\n";
    my $end = time + 10;
    while ( time < $end ) {
        my $line = hear(1) // next;
        next if $line !~ /^started (-?\d+)/;
        $lives{$name} = { pid => $1, words => $words };
        $did{started}++;
        remember("$name started with pid $1");
        return 1;
    }
    return !( $failed = "the keeper does not start $name" );
}

sub launch_missing {
    for my $i ( 0 .. $services - 1 ) {
        $lives{"service-$i"} or launch( "service-$i", "service $i " . int rand 1e9 ) or return 0;
    }
    for my $i ( 1 .. $clients ) {
        $lives{"client-$i"} or launch( "client-$i", 'client ' . int( rand 1e9 ) . ' ' . int( 300 + rand 1500 ) ) or return 0;
    }
    return 1;
}

sub strike {
    my @names = sort keys %lives;
    my $name  = $names[ rand @names ] // return;
    my ( $pid, $dice ) = ( $lives{$name}{pid}, rand );
    return if $dice > 0.5;
    my $signal =
      $dice < 0.05 ? 'KILL' : $dice < 0.1 ? 'TERM' : $dice < 0.2 ? 'STKFLT' : $stopped{$pid} ? 'CONT' : 'STOP';
    kill $signal => $pid;
    remember("$signal to $name ($pid)");
    $did{$signal}++;
    $stopped{$pid} = time if $signal eq 'STOP';
    delete $stopped{$pid} if $signal ne 'STOP';
    kill CONT => $pid if $signal eq 'TERM';
    delete $lives{$name} if $signal eq 'KILL' || $signal eq 'TERM';
}

sub let_go {
    my ($after) = @_;
    for my $pid ( grep { time - $stopped{$_} > $after } keys %stopped ) {
        kill CONT => $pid;
        delete $stopped{$pid};
    }
}

sub play {
    my ($until) = @_;
    while ( time < $until && !$failed ) {
        launch_missing() or last;
        sleep rand 0.006;
        1 while has_line() && defined hear(0);
        strike();
        let_go(0.02);
    }
    let_go(0);
}

# Everybody but the keeper ends; then what the realm has.
sub measure {
    kill KILL => map { $_->{pid} } values %lives;
    %lives = ();
    until_true( sub { 1 while has_line() && defined hear(0); children( $realm->{pid} ) == 2 }, 10 ) or $failed //= 'somebody does not end';
    sleep 0.1;
    1 while has_line() && defined hear(0);
    my %is = ( descriptors => scalar( () = glob "/proc/$realm->{pid}/fd/*" ) );
    if ( open my $maps, '<', "/proc/$realm->{pid}/maps" ) { $is{mappings} = () = <$maps> }
    if ( open my $memory, '<', "/proc/$realm->{pid}/statm" ) { $is{pages} = ( split ' ', <$memory> )[1] }
    return \%is;
}

play( time + $seconds / 4 );
my $before = measure();
play( time + $seconds * 3 / 4 );
my $after = measure();
close delete $realm->{to};
is( $realm->status(10), 0, 'the realm ends' );
while ( defined( my $line = $realm->line(0.1) ) ) { $output .= $line if $line =~ /WRONG/ }
is( $failed // '', '', 'nobody hangs' );
is( $output, '', 'nobody gets anything wrong' );
cmp_ok( $after->{descriptors}, '<=', $before->{descriptors} + 4, 'descriptors are given back' );
SKIP: {
    skip 'the mappings of a realm are shown to root only', 2 if !$before->{mappings};
    cmp_ok( $after->{mappings}, '<=', $before->{mappings} + 24, 'mappings are given back' );
    cmp_ok( $after->{pages}, '<=', $before->{pages} * 1.2 + 2000, 'memory is given back' );
}
cmp_ok( $did{answers} // 0, '>', 100, 'calls are answered' );
diag "seed $seed: ", join( ', ', map { "$did{$_} $_" } sort keys %did ), '; before: ',
  join( ', ', map { "$before->{$_} $_" } sort keys %$before ), '; after: ',
  join( ', ', map { "$after->{$_} $_" } sort keys %$after );
if ( $failed || $output ) { diag $_ for @log, $realm->messages =~ /(.{0,3000})\z/s }
done_testing;
