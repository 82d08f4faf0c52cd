#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# xmlcheck: a real parser library as a plug-in, whose crash harms nobody else.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Test::More;

my $build  = $ENV{BUILD} // 'build';
my $folder = tempdir( CLEANUP => 1 );

sub file {
    my ( $name, $text ) = @_;
    open my $file, '>', "$folder/$name" or die;
    print {$file} $text;
    close $file;
    return "$folder/$name";
}

# What it says of these files, without the folder, and its exit status.
sub xmlcheck {
    my @lines = `timeout 60 $build/cli/comesg run -v $build/examples/xmlcheck/xmlcheck @_ 2>$folder/messages`;
    my $status = $? >> 8;
    s{^\Q$folder\E/}{} for @lines;
    chomp @lines;
    return ( $status, @lines );
}

sub messages {
    open my $file, '<', "$folder/messages" or die;
    local $/ = undef;
    return scalar <$file>;
}

my $flat   = file( 'flat',   "<?xml version='1.0'?>\n<r><a x='1'/><b>text</b></r>\n" );
my $large  = file( 'large',  '<r>' . '<item><name>x</name></item>' x 50000 . '</r>' );
my $broken = file( 'broken', "<r>\n<a>\n</b>\n</r>\n" );
my $empty  = file( 'empty',  '' );
my $deep   = file( 'deep',   '<a>' x 1000000 . '</a>' x 1000000 );
my $noise  = file( 'noise',  join '', map { chr( $_ * 7919 % 256 ) } 1 .. 100000 );

my ( $status, @lines ) = xmlcheck( $flat, $large );
is( $status, 0, 'well-formed files' );
is_deeply( \@lines, [ 'flat: well-formed, 3 elements, 2 deep', 'large: well-formed, 100001 elements, 3 deep' ],
    'are counted' )
  or diag messages();

( $status, @lines ) = xmlcheck( $broken, $empty, $noise, $flat );
is( $status, 1, 'others' );
is_deeply( [ @lines[ 0, 1, 3 ] ],
    [ 'broken: line 3: mismatched tag', 'empty: line 1: no element found', 'flat: well-formed, 3 elements, 2 deep' ],
    'are told with the line' )
  or diag messages();
like( $lines[2], qr/^noise: line \d+: not well-formed/, 'also what is no text' );

( $status, @lines ) = xmlcheck( $deep, $flat, $deep, $flat );
is_deeply(
    \@lines,
    [
        'deep: the parser crashed',
        'flat: well-formed, 3 elements, 2 deep',
        'deep: the parser crashed',
        'flat: well-formed, 3 elements, 2 deep'
    ],
    'a crash of the plug-in costs one answer'
) or diag messages();
is( $status, 1, 'and the exit status' );
my $ends = () = messages() =~ /xml-plugin \(pid \d+\) was ended/g;
is( $ends, 2, 'each plug-in is ended by itself' ) or diag messages();

( $status, @lines ) = xmlcheck("$folder/missing");
is( $status, 1, 'a file that is not there' );
like( messages(), qr{cannot read $folder/missing: No such file}, 'is named' );
done_testing;
