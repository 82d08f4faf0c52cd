#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Calls with options: waiting, time limits, the slow path, attachments, pools. The client prints the results.
use strict;
use warnings;
use lib 'tests/core';
use Realm;

$| = 1;
$Realm::each = sub { print @_ };
my ( undef, $messages, $status ) = run_realm(
    [qw(options serve plain plain)],
    [qw(options serve slow slow)],
    [qw(options serve told told)],
    [qw(options client)]
);
print STDERR $messages if !defined $status || $status;
exit( !defined $status || $status );
