#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Calls whose deadline passes.
use strict;
use warnings;
use lib 'tests/core';
use Realm;

my @names = ( qw(spin calls copy sleep nap wait), map { "link-$_" } 1 .. 9 );
$| = 1;
$Realm::each = sub { print @_ };
my ( undef, $messages, $status ) =
    run_realm( ( map { [ 'deadline', 'serve', $_ ] } @names ), [ 'deadline', 'test' ] );
if ( !defined $status || $status ) {
    $messages =~ s/^/# /mg;
    print $messages, "# status ", $status // 'none: it hung', "\n";
    print "not ok - the realm ends well\n" if !defined $status;
}
exit( !defined $status || $status );
