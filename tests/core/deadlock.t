#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Waits that nobody could end, and waits for those who go. The client prints the results. DEADLOCK_SECONDS is how long
# waits without an end last.
use strict;
use warnings;
use lib 'tests/core';
use Realm;

$| = 1;
$Realm::each = sub { print @_ };
my ( undef, $messages, $status ) = run_realm( map( { [ qw(deadlock serve), $_ ] } qw(x y z) ), [ qw(deadlock client), $ENV{DEADLOCK_SECONDS} // 30 ] );
print STDERR $messages if !defined $status || $status;
exit( !defined $status || $status );
