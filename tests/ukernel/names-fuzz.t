#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Random requests to nsd and coeventd. SEED chooses others.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;

use_microkernel();

my $seed = $ENV{SEED} // 1;
my ( $output, $messages, $status ) =
  run_realm( map { [ program('names-fuzz'), $seed + $_, 20000 ] } 0 .. 1 );
my $count = () = $output =~ /^ok /mg;
cmp_ok( $count, '>=', 4, 'who comes to an end finds its names as they were' ) or diag $output, $messages;
unlike( $output, qr/^not ok|^Bail/m, 'nobody finds anything else' ) or diag $output;
is( $status, 0, 'the realm ends well' ) or diag $messages;
for my $service (qw(nsd coeventd)) {
    my $starts = () = $messages =~ /\b$service started/g;
    is( $starts, 1, "$service has not been started again" ) or diag $messages;
}
done_testing;
