#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# SECURITY.md names tests and controls that there are, each hole and each promise has some, and no control is left out.
use strict;
use warnings;
use Test::More;

sub contents {
    my ($file) = @_;
    open my $input, '<', $file or die "$file: $!";
    local $/;
    return <$input>;
}

my $document = contents('SECURITY.md');
my $controls = contents('tests/core/controls.t');
my $rules    = contents('verifier/rules.c');
my %variants = map { /^(\S+)/ ? ( $1 => 1 ) : () } split /\n/, contents('tests/core/variants');

# The cells of the tables that end in tests and controls.
my @rows;
for my $table ( $document =~ /^(\|[^\n]*\| tried by \| without \|\n(?:\|[^\n]*\n)+)/mg ) {
    my ( undef, undef, @lines ) = split /\n/, $table;
    push @rows, map { [ ( split / *\| */ )[ 1, -2, -1 ] ] } @lines;
}
cmp_ok( scalar @rows, '>', 50, 'rows with tests and controls' );

sub is_test {
    my ($name) = @_;
    my ($base) = $name =~ m{([^/]+)$};
    return grep { -e "tests/$_" } "$name.t", "$name.c", "$name/$base.c";
}

# A variant, or a rule of the verifier that is left out: by its tests, or in a command.
sub is_control {
    my ($name) = @_;
    return 1 if $variants{$name} || $name eq 'filter-and-rule' || $name eq 'each rule of the verifier';
    return $name =~ /^(?:none alone: )?(?:rule-|rule )(\S+)/ && $rules =~ /\{"\Q$1\E",/;
}

my ( @no_tests, @no_controls, %named );
for (@rows) {
    my ( $row, $tests, $without ) = @$_;
    push @no_tests,    map { "$row: $_" } grep { !is_test($_) } split /, /, $tests;
    push @no_controls, map { "$row: $_" } grep { !is_control($_) } split /, /, $without;
    push @no_tests,    $row if $tests eq '';
    push @no_controls, $row if $without eq '';
    $named{$_} = 1 for split /, /, $without;
}
is( join( "\n", @no_tests ),    '', 'each has tests that there are' );
is( join( "\n", @no_controls ), '', 'each has controls that there are' );
is( join( ' ', grep { !$named{$_} } sort keys %variants ), '', 'each variant is named' );
is( join( ' ', grep { $_ ne 'filter' && $controls !~ /'\Q$_\E'/ } sort keys %variants ), '', 'and tried' );
done_testing;
