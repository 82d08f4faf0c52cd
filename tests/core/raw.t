#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Programs in machine code that would read another co-process's secret, or core memory, if they ran. Each is refused
# with the rule that it breaks; nothing starts. RAW_ATTACKS names some of them.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;

my @attacks = qw(memory-form region-base upper-half branch-form landing-pad branch-target stack-pointer thread-block
    gate string-unit instruction);
@attacks = split ' ', $ENV{RAW_ATTACKS} if $ENV{RAW_ATTACKS};

for my $attack (@attacks) {
    my ( $output, $messages, $status ) = run_realm( ['raw/victim'], ["raw/attack-$attack"] );
    is( $output, '', "$attack: nothing is read" );
    is( $status, 126, "$attack: the program is refused" ) or diag $messages;
    like( $messages, qr/attack-$attack: .*0x[0-9a-f]+.*\b$attack\b/s, "$attack: with address and rule" );
    unlike( $messages, qr/started/, "$attack: nothing starts" );
}
done_testing;
