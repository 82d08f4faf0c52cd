#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# The structures of calls and launches change while the core reads them: clean errors or results that make sense, and
# nobody else notices. STRUCTURES_MILLISECONDS: for each kind.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;

$Realm::each = sub { ok( $1 eq 'ok', $2 ) if $_[0] =~ /^(ok|not ok) \d+ - (.*)$/ };
my ( $output, $messages, $status ) = run_realm(
    [qw(structures keep below)],
    [qw(structures serve served)],
    [qw(structures accept accepted)],
    [ qw(structures race), $ENV{STRUCTURES_MILLISECONDS} // 1500 ]
);
diag $1 while $output =~ /^(Bail out!.*)$/mg;
note $1 while $output =~ /^# (.*)$/mg;
is( $status, 0, 'all of that, and the realm ends well' ) or diag $output, $messages;
unlike( $messages // '', qr/was ended/, 'nobody was ended' );
done_testing;
