#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# The protocols of the core and of the services, as the models of core/models and ukernel/models describe them, have no error in any of their runs; and a checker
# finds one in each model that lacks something that the protocol needs.
use strict;
use warnings;
use Test::More;

# The names in the first column of a table.
sub names {
    my ($table) = @_;
    open my $file, '<', "tests/models/$table" or die "$table: $!";
    return map { (split)[0] } <$file>;
}

sub check {
    my ($name) = @_;
    my $output = `cd build/models/$name && timeout 300 sh check 2>&1`;
    my ($error) = $output =~ /^pan:1: (.*)/m;
    my ($states) = $output =~ /(\d+) states, stored/;
    my $whole = $output =~ /errors: 0$/m && $output !~ /not completed|too small|truncated|error:/;
    return ( $whole, $error, $states // 0, $output );
}

for my $name ( names( $ENV{MODEL_RUNS} // 'runs' ) ) {
    my ( $whole, $error, $states, $output ) = check($name);
    ok( $whole && $states > 1000, "$name: no error in $states states" ) or diag $error // $output;
}
for my $name ( $ENV{MODEL_RUNS} ? () : names('mutations') ) {
    my ( $whole, $error, $states ) = check($name);
    ok( defined $error, "$name is noticed" ) or diag "no error in $states states";
}
done_testing;
