#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Every test that doc/prototype.md names exists, and no step or point is missing.
use strict;
use warnings;
use Test::More;

sub contents {
    my ($path) = @_;
    open my $file, '<', $path or return '';
    local $/ = undef;
    return scalar <$file>;
}

# What a test prints may be spread over lines.
sub text {
    my ($path) = @_;
    return contents($path) =~ s/"\n\s*"//gr;
}

my @wanted = ( ( map { "C$_" } 0 .. 23 ), ( map { "D$_" } 1 .. 6 ), ( map { "S$_" } 1 .. 10 ), ( map { "P$_" } 1 .. 25 ) );
my @steps;
for ( split /\n/, contents('doc/prototype.md') ) {
    my ( $step, $what, $tests ) = /^\| ([A-Z]\d+) \| (.+) \| (.+) \|$/ or next;
    push @steps, $step;
    while ( $tests =~ /\G\s*`([^`]+)` ((?:"[^"]+"(?:, )?)+)/gc ) {
        my ( $path, $names ) = ( $1, $2 );
        my $text = text($path);
        ok( index( $text, $_ ) >= 0, "$step: $path: $_" ) for $names =~ /"([^"]+)"/g;
    }
    is( substr( $tests, pos($tests) // 0 ), '', "$step: names tests" );
}
is( "@steps", "@wanted", 'all are there, in their order' );

# A program of tests is run by a test: by the one of its name, or one that names it.
my %programs = map { $_ => 1 } contents('doc/prototype.md') =~ m{`(tests/\w+/programs/[^`]+)\.c`}g;
for my $program ( sort keys %programs ) {
    my ( $folder, $name ) = $program =~ m{^(tests/\w+)/.*?([^/]+)$};
    ok( ( grep { contents($_) =~ /\b\Q$name\E\b/ } glob "$folder/*.t" ) > 0, "$program is run by a test" );
}
done_testing;
