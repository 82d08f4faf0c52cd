#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Memory objects of a program's own.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;

my ( $output, $messages, $status ) = run_realm('memory-objects');
ok( $1 eq 'good', $2 ) while $output =~ /^(good|bad) (.*)$/mg;
is( $status, 0, 'the program ends well' ) or diag $messages;
done_testing;
