#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Co-processes that start others: what those get, what is refused, and that nothing is left of what fails.
use strict;
use warnings;
use lib 'tests/core';
use File::Copy 'copy';
use File::Temp 'tempdir';
use POSIX ();
use Realm;
use Test::More;

my $folder = tempdir( CLEANUP => 1 );
my $native = '/bin/true';
open my $script, '>', "$folder/executable" or die;
print $script "#!/bin/sh\n";
close $script;
chmod 0755, "$folder/executable";
copy( $native, "$folder/native" ) or die;
chmod 0755, "$folder/native";
POSIX::mkfifo( "$folder/fifo", 0755 ) or die;
symlink 'loop', "$folder/loop" or die;
my ( $output, $messages, $status ) = run_realm( [ program('exec'), $folder ] );
ok( $1 eq 'ok', $2 ) while $output =~ /^(ok|not ok) \d+ - (.*)$/mg;
is( $status, 0, 'all of that' ) or diag $messages;
done_testing;
