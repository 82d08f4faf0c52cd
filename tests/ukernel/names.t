#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Names: each call and each of its errors.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use_microkernel();
use Test::More;

my ( $output, $messages, $status ) = run_realm('names');
ok( $1 eq 'good', $2 ) while $output =~ /^(good|bad) (.*)$/mg;
is( $status, 0, 'the program ends well' ) or diag $output, $messages;
done_testing;
