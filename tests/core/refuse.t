#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# What may not run does not start, nor does anything else then; and what runs is what was verified, whatever happens to
# the file.
use strict;
use warnings;
use lib 'tests/core';
use File::Copy 'copy';
use File::Temp 'tempdir';
use Realm;
use Test::More;
use Time::HiRes 'sleep';

my $folder = tempdir( CLEANUP => 1 );

sub refused {
    my ( $name, $pattern, @programs ) = @_;
    my ( $output, $messages, $status ) = run_realm(@programs);
    is( $status, 126, "$name: exit status" );
    is( $output, '', "$name: no program prints anything" );
    like( $messages, $pattern, "$name: the message" );
    unlike( $messages, qr/started/, "$name: nothing starts" );
}

# Prints when it runs, so that a start would be seen.
my $witness = [qw(talker call nobody at-all)];
refused( 'a native program', qr{/bin/true: }, $witness, ['/bin/true'] );
refused( 'a text', qr/not an ELF file/, $witness, ['tests/core/refuse.t'] );
refused( 'a program that is not there', qr/No such file/, $witness, ["$folder/nothing"] );
refused( 'the first of two', qr/0x[0-9a-f]+.*memory-form/s, ['raw/attack-memory-form'], $witness );
refused( 'the last of two', qr/0x[0-9a-f]+.*memory-form/s, $witness, ['raw/attack-memory-form'] );

# A copy of a program with some bytes replaced.
sub patched {
    my ( $to, $from, $offset, $bytes ) = @_;
    open my $in, '<:raw', $from or die;
    local $/;
    my $image = <$in>;
    substr $image, $offset, length $bytes, $bytes;
    open my $out, '>:raw', $to or die;
    print $out $image;
    close $out;
    chmod 0755, $to;
}
my $talker = program('talker');
# Where the code begins and where it is entered, in the file: the image begins at 0x10000, and the file too.
my ( $text, $entry ) = do {
    open my $in, '<:raw', $talker or die;
    read $in, my $headers, 4096;
    my ( $start, $count ) = ( unpack( 'Q<', substr $headers, 32, 8 ), unpack( 'S<', substr $headers, 56, 2 ) );
    my @programs = map { [ unpack 'L<L<Q<', substr $headers, $start + 56 * $_, 16 ] } 0 .. $count - 1;
    my ($code) = grep { $_->[0] == 1 && $_->[1] & 1 } @programs;
    ( $code->[2], unpack( 'Q<', substr $headers, 24, 8 ) - 0x10000 );
};
for my $offset ( $text, $entry + 4 ) {
    patched( "$folder/patched", $talker, $offset, "\x0f\x05" );
    refused( sprintf( 'a system call at file offset %#x', $offset ), qr/0x[0-9a-f]+/, $witness, ["$folder/patched"] );
}

# While it runs, its file becomes another program, is cut short, and goes away.
copy( $talker, "$folder/changing" ) or die;
chmod 0755, "$folder/changing";
my $realm = start_realm( [ "$folder/changing", 'serve', 'server' ], [ "$folder/changing", 'listen' ] );

sub still_works {
    my ($name) = @_;
    syswrite $realm->{to}, "server via server echo\nserver echo\n";
    $realm->line;
    is( $realm->line, "server: done echo\n", $name );
}
still_works('it runs');
open my $file, '+<:raw', "$folder/changing" or die;
my $size = -s $file;
print $file "\xcc" x $size;
close $file;
still_works('its file is overwritten in place');
truncate "$folder/changing", 0;
still_works('its file is cut short');
refused( 'then it cannot be started again', qr/too short|not an ELF file/, ["$folder/changing"] );
patched( "$folder/changing", program('server'), 0, "\x7f" );
still_works('its file is another program');
unlink "$folder/changing";
still_works('its file is gone');
close delete $realm->{to};
is( $realm->status, 0, 'it ends as it should' );

# Files that change while they are read: what starts is one of the versions or nothing, never a mixture.
my $writer = fork // die;
if ( !$writer ) {
    open my $changing, '+<:raw', ( copy( $talker, "$folder/racing" ) && chmod( 0755, "$folder/racing" ) && "$folder/racing" )
        or die;
    sysseek $changing, $text + 0x2000, 0;
    sysread $changing, my $original, 256;
    for ( ; ; ) {
        for my $bytes ( "\x0f\x05" x 128, $original ) {
            sysseek $changing, $text + 0x2000, 0;
            syswrite $changing, $bytes;
        }
    }
}
until_true( sub { -x "$folder/racing" && -s "$folder/racing" == $size }, 5 );
my %seen;
for my $round ( 1 .. 30 ) {
    my ( $output, $messages, $status ) = run_realm( [ "$folder/racing", 'nothing' ] );
    my $outcome = !defined $status ? 'hung' : $status == 126 ? 'refused' : "status $status";
    $outcome = 'SIGSYS' if $messages =~ /SIGSYS/;
    $seen{$outcome}++;
}
kill KILL => $writer;
waitpid $writer, 0;
is( $seen{hung} // 0, 0, 'no hang with a file that changes all the time' );
is( $seen{SIGSYS} // 0, 0, 'and no system call of the processor is ever reached' );
note join ', ', map { "$_: $seen{$_}" } sort keys %seen;
done_testing;
