#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# The check-lists of doc/prototype.md, step by step, and what else of it no other test shows.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;

use_microkernel();
for my $list ( [ 'checklist', 36 ], [ 'checklist receiver', 10 ], [ 'prototype', 14 ] ) {
    my ( $command, $steps ) = @$list;
    my ( $output, $messages, $status ) = run_realm($command);
    my $seen = 0;
    while ( $output =~ /^(good|bad) (.*)$/mg ) {
        ok( $1 eq 'good', $2 );
        $seen++;
    }
    is( $status, 0, "$command ends well" ) or diag $output, $messages;
    is( $seen, $steps, "$command: no step is missing" );
}
done_testing;
