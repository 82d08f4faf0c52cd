#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Sockets of IPv4 over the loopback device; what programs cannot make of them.
use strict;
use warnings;
use lib 'tests/core';
use Cwd 'abs_path';
use Realm;
use Test::More;

my $program = abs_path( program('sockets') );
my ( $output, $messages, $status ) = run_realm( [ $program, $program ] );
ok( $1 eq 'ok', $2 ) while $output =~ /^(ok|not ok) \d+ - (.*)$/mg;
is( $status, 0, 'all of that' ) or diag $output, $messages;
done_testing;
