#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Errors of public calls that no other test meets on its way: quotas, limits of the realm, arguments.
use strict;
use warnings;
use lib 'tests/core';
use File::Temp 'tempdir';
use Realm;
use Test::More;

use_microkernel();
@Realm::options = ('--privileged');
my $realm = start_realm( [ program('errors'), 'full', tempdir( CLEANUP => 1 ) ] );
close delete $realm->{to};
my $output = $realm->output(120);
ok( $1 eq 'good', $2 ) while $output =~ /^(good|bad) (.*)$/mg;
is( $realm->status(20), 0, 'the program ends well' ) or diag $output, $realm->messages;
done_testing;
