#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Who takes more than its quota is told so, and nobody else is; and what is counted as one mapping is one to the kernel.
# QUOTA_PART is the latter.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;

sub check_quotas {
    my ( $output, $messages, $status ) = run_realm( ['quota'] );
    ok( $1 eq 'ok', $2 ) while $output =~ /^(ok|not ok) \d+ - (.*)$/mg;
    is( $status, 0, 'all of that' ) or diag $output, $messages;
}

sub check_joining {
    my $realm = start_realm( [qw(quota fill)] );
    is( $realm->line, "filled\n", 'pages are used one by one' ) or diag $realm->messages;
    my ($base) = $realm->messages =~ /started with pid \d+ at 0x([0-9a-f]+)/;
    no warnings 'portable';
    my $start  = hex $base;
    my $inside = grep { /^([0-9a-f]+)-/ && hex $1 >= $start && hex $1 < $start + ( 1 << 32 ) } lines_of("/proc/$realm->{pid}/maps");
    cmp_ok( $inside, '<', 20, 'and joined by the kernel as they are counted' );
    close delete $realm->{to};
    is( $realm->status, 0, 'the program ends' );
}

check_quotas() if !$ENV{QUOTA_PART};
check_joining();
done_testing;
