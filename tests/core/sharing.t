#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Windows and memory objects between co-processes, passed on with calls.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;

local @Realm::options = ( '--bare', '-p' );
my ( $output, $messages, $status ) = run_realm('sharing');
ok( $1 eq 'ok', $2 ) while $output =~ /^(ok|not ok) \d+ - (.*)$/mg;
like( $output, qr/^1\.\.\d+$/m, 'it comes to its end' );
is( $status, 0, 'all of that' ) or diag $output, substr $messages, 0, 2000;
done_testing;
