#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# A co-process can make the system calls of the classes that its launcher chose, and no others.
use strict;
use warnings;
use lib 'tests/core';
use Cwd 'abs_path';
use File::Temp 'tempdir';
use Realm;
use Test::More;

my $folder = tempdir( CLEANUP => 1 );
my ( $output, $messages, $status ) = run_realm( [ abs_path( program('classes') ), $folder ] );
ok( $1 eq 'ok', $2 ) while $output =~ /^(ok|not ok) \d+ - (.*)$/mg;
is( $status, 0, 'all of that' ) or diag $output, $messages;
ok( -e "$folder/new", 'those who may have made a file' );
done_testing;
