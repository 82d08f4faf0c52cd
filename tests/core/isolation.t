#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# All memory of a realm but the attacker's own is compared before and after attacks, byte for byte: the other regions,
# core memory, the supervisor. The attacks: every kind of access through wild pointers, wild pointers in every system
# call, words of threads, and random calls for sockets. ISOLATION_ATTACK names one of them, or another attacker,
# ISOLATION_SEED repeats the random ones, ISOLATION_SECONDS is how long one of them may say nothing.
use strict;
use warnings;
use lib 'tests/core';
use Digest::MD5 'md5';
use Realm;
use Test::More;

use constant { REGION => 1 << 32, CORE_BELOW => 260 << 30, CHUNK => 0x10000, PROGRAMS => 4 };

# Mappings of the process, without those of the kernel and those of the attacker, whose region, slot and record are known
# by its place in the realm; slots behind those of the programs are of its other threads. With $threads, also without the
# realm's own tables, which say whose slots are.
sub mappings {
    my ( $realm, $first, $attacker, $threads ) = @_;
    my $core = $first - CORE_BELOW;
    my $index = ( $attacker - $first ) / ( 2 * REGION );
    my @own = (
        [ $attacker, $attacker + REGION ],
        [ $core + (1 << 36) + $index * 0x400000, $core + (1 << 36) + ( $index + 1 ) * 0x400000 ],
        [ $core + (1 << 37) + $index * 0x200000, $core + (1 << 37) + ( $index + 1 ) * 0x200000 ],
        [ $core + (1 << 37) + PROGRAMS * 0x200000, $core + (1 << 36) + (1 << 37) ]
    );
    push @own, [ $core, $core + 0x2000000 ] if $threads;
    my @chunks;
    open my $maps, '<', "/proc/$realm->{pid}/maps" or die;
    no warnings 'portable';
    while (<$maps>) {
        my ( $start, $end, $name ) = /^([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ \S+\s*(.*)/ or next;
        next if $name =~ /^\[v/;
        for ( my $at = hex $start; $at < hex $end; $at += CHUNK ) {
            my $stop = $at + CHUNK < hex $end ? $at + CHUNK : hex $end;
            push @chunks, [ $at, $stop ] unless grep { $at < $_->[1] && $stop > $_->[0] } @own;
        }
    }
    return @chunks;
}

# Guard pages cannot be read: page by page then.
sub snapshot {
    my ( $realm, @chunks ) = @_;
    my %digests;
    open my $memory, '<:raw', "/proc/$realm->{pid}/mem" or return {}; # it has ended
    for my $chunk (@chunks) {
        my ( $start, $end ) = @$chunk;
        sysseek $memory, $start, 0;
        my $count = sysread $memory, my $bytes, $end - $start;
        if ( defined $count && $count == $end - $start ) { $digests{$start} = md5 $bytes; next }
        for ( my $page = $start; $page < $end; $page += 4096 ) {
            sysseek $memory, $page, 0;
            $digests{$page} = md5 $bytes if sysread $memory, $bytes, 4096;
        }
    }
    return \%digests;
}

# When nothing changes any more: on a busy machine a program may pause before it has come to wait.
sub settled_snapshot {
    my ( $realm, @chunks ) = @_;
    my ( $before, $now, $equal ) = ( {}, snapshot( $realm, @chunks ), 0 );
    for ( 1 .. 50 ) {
        select undef, undef, undef, 0.1;
        ( $before, $now ) = ( $now, snapshot( $realm, @chunks ) );
        $equal = grep( { $before->{$_} ne ( $now->{$_} // '' ) } keys %$before ) ? 0 : $equal + 1;
        last if $equal == 3;
    }
    return $now;
}

no warnings q(portable);
sub bases { return map { hex substr $_, 2 } $_[0]->messages =~ /started with pid \d+ at (0x[0-9a-f]+)/g }

no warnings q(portable);

# Words of the control stack of the attacker's first thread that are no return addresses of its own.
sub strange_words {
    my ( $realm, $first, $attacker ) = @_;
    my $index = ( $attacker - $first ) / ( 2 * REGION );
    my $slot  = $first - CORE_BELOW + ( 1 << 37 ) + $index * 0x200000;
    my ( $bottom, $sentinel ) = ( $slot + 0x1000, $slot + 0x100000 - 8 );
    open my $memory, '<:raw', "/proc/$realm->{pid}/mem" or return 'none, it has ended';
    sysseek $memory, $bottom, 0;
    my $length = sysread $memory, my $bytes, $sentinel - $bottom;
    my @words  = unpack 'Q*', $bytes;
    return 'not the whole stack' if @words * 8 != $sentinel - $bottom || !grep { $_ } @words;
    my @strange = grep { $_ && ( $_ < $attacker || $_ >= $attacker + REGION ) } @words;
    splice @strange, 10;
    return join ' ', map { sprintf '%#x', $_ } @strange;
}

# Starts an attacker between two victims, a last program that only waits, and compares.
sub attack {
    my ( $name, $program, $input, $threads ) = @_;
    my $realm = start_realm( ['raw/victim'], $program, ['raw/victim-above'], [qw(talker serve last)] );
    is( $realm->line(20), "# ready\n", "$name: it is ready" ) or diag $realm->messages;
    my @bases;
    no warnings 'portable';
    until_true( sub { ( @bases = bases($realm) ) == 4 }, 10 );
    select undef, undef, undef, 0.1;
    my @chunks = mappings( $realm, @bases[ 0, 1 ], $threads );
    my $before = settled_snapshot( $realm, @chunks );
    my $regions = grep { $_ >= $bases[0] && $_ < $bases[3] + REGION } keys %$before;
    my $core    = grep { $_ < $bases[0] && $_ >= $bases[0] - CORE_BELOW } keys %$before;
    my $rest    = keys(%$before) - $regions - $core;
    ok( $regions > 100 && $core > 50 && $rest > 50, "$name: there is much to compare ($regions, $core, $rest parts)" );
    syswrite $realm->{to}, $input ? $input->(@chunks) : "\n";
    my $output = '';

    while ( defined( my $line = $realm->line( $ENV{ISOLATION_SECONDS} // 20 ) ) ) {
        $output .= $line;
        last if $line =~ /^# done/;
    }
    my $after = snapshot( $realm, @chunks );
    my @changed = grep { $before->{$_} ne ( $after->{$_} // '' ) } sort { $a <=> $b } keys %$before;
    splice @changed, 10;
    is( join( ' ', map { sprintf '%#x', $_ } @changed ), '', "$name: not a byte of anybody else has changed" )
        or diag sprintf 'regions %s', join ' ', map { sprintf '%#x', $_ } @bases;
    is( strange_words( $realm, @bases[ 0, 1 ] ), '', "$name: on the control stack lie return addresses only" )
        if $output =~ /^# done/m;
    diag $realm->messages if $output !~ /^# done/m;
    kill KILL => -$realm->{pid};
    return $output;
}

# Of each part of memory some addresses: start, middle, end.
my $addresses = sub {
    my $step = @_ / 400;
    my @picked = map { $_[ int( $_ * $step ) ] } 0 .. 399;
    return join( '', map { sprintf "%x\n%x\n%x\n", $_->[0] + 0x80, ( $_->[0] + $_->[1] ) / 2, $_->[1] - 0x100 + 3 } @picked )
        . ".\n";
};
my $avx  = do { local ( @ARGV, $/ ) = '/proc/cpuinfo'; <> =~ /^flags.*\bavx\b/m };
my $seed = $ENV{ISOLATION_SEED} // 1 + int rand 1 << 30;

my %attacks = (
    pointers => sub {
        my $output = attack( 'wild pointers', [ $avx ? 'wild-avx' : 'wild' ], $addresses );
        like( $output, qr/^# done: \d{3,} addresses, 0 failures$/m, 'every access lands in the attacker\'s own region' )
            or diag $output;
    },
    threads => sub {
        my $output = attack( 'racing threads', ['racers'], $addresses );
        like( $output, qr/^# done: \d{3,} addresses, [1-9]\d* transfers, 0 bytes from elsewhere$/m, 'nothing foreign is read' )
            or diag $output;
    },
    sockets => sub {
        my $output = attack( "random calls for sockets, ISOLATION_SEED $seed", [ 'netfuzz', $seed ] );
        like( $output, qr/^# done: \d{3,} calls went well, \d{2,} datagrams arrived, 0 secrets$/m, 'nothing foreign is sent' )
            or diag $output;
    },
    words => sub {
        my $output = attack( 'words of threads', [ 'shim', 'words' ], undef, 1 );
        like( $output, qr/^ok \d+ - threads end/m, 'all of them end' );
    },
    calls => sub {
        my $output = attack( 'wild system calls', [ 'shim', 'wait' ] );
        unlike( $output, qr/^not ok/m, 'the shim refuses them' );
    },
);
my $chosen = $ENV{ISOLATION_ATTACK};
if ( $chosen && !$attacks{$chosen} ) {
    attack( 'the given attack', [$chosen] );
}
else {
    for my $attack ( $chosen ? $chosen : qw(pointers threads sockets words calls) ) { $attacks{$attack}->() }
}
done_testing;
