#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Handles of a program's own.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;

my ( $output, $messages, $status ) = run_realm('handles');
ok( $1 eq 'good', $2 ) while $output =~ /^(good|bad) (.*)$/mg;
is( $status, 0, 'the program ends well' ) or diag $messages;
like( $output, qr/^4096 handles$/m, 'the default quota' );
done_testing;
