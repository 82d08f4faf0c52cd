#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Who has the privileged handle hears of every death, and can kill; nobody else can.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;

$Realm::each = sub { ok( $1 eq 'ok', $2 ) if $_[0] =~ /^(ok|not ok) \d+ - (.*)$/ };
for my $how ( '-p', '' ) {
    local @Realm::options = ( '--bare', $how || () );
    my ( $output, $messages, $status ) = run_realm( [ 'deaths', $how ? () : 'without' ] );
    is( $status, 0, 'all of that' ) or diag $output, substr $messages, 0, 2000;
}
done_testing;
