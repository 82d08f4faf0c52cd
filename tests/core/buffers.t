#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Odd and wrong buffers, handles and names. The client prints the results.
use strict;
use warnings;
use lib 'tests/core';
use Realm;

$| = 1;
$Realm::each = sub { print @_ };
my ( undef, $messages, $status ) = run_realm( [ 'server', 'server' ], ['buffers'] );
print STDERR $messages if !defined $status || $status;
exit( !defined $status || $status );
