#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Random requests to ipcd, from several co-processes at once. The realm ends with the last.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;

use_microkernel();

my $seed = $ENV{SEED} // 1;
my ( $output, $messages, $status ) =
  run_realm( map { [ program('port-fuzz'), $seed + $_, 20000 ] } 0 .. 2 );
my $count = () = $output =~ /^ok /mg;
cmp_ok( $count, '>=', 7, 'who comes to an end finds ipcd and its port as they were' ) or diag $output, $messages;
unlike( $output, qr/^not ok|^Bail/m, 'nobody finds anything else' ) or diag $output;
is( $status, 0, 'the realm ends well' ) or diag $messages;
my $starts = () = $messages =~ /ipcd started/g;
is( $starts, 1, 'ipcd has not been started again' ) or diag $messages;
done_testing;
