#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# blocks: work for many through a COCARRIER; the checksums are those of cksum, also when a worker is killed.
use strict;
use warnings;
use File::Temp qw(tempdir);
use lib 'tests/core';
use Realm;
use Test::More;

my $blocks = ( $ENV{BUILD} // 'build' ) . '/examples/blocks';
my $folder = tempdir( CLEANUP => 1 );
my $file   = "$folder/file";
open my $out, '>', $file or die;
print {$out} map { pack( 'N', $_ ) x 4096 } 1 .. 1300; # 20 MiB and a part of one
close $out;
my $expected = `split -b 1M --filter=cksum $file`;
@Realm::options = ('-v');

my ( $output, $messages, $status ) = run_realm( [ "$blocks/worker" ], [ "$blocks/worker" ], [ "$blocks/blocks", $file ] );
is( $status, 0, 'the file is worked on' ) or diag $messages;
is( $output, $expected, 'with the right results, in order' );

my $realm = start_realm( [ "$blocks/worker" ], [ "$blocks/worker" ], [ "$blocks/blocks", $file ] );
$output = $realm->line;
kill 'KILL', $realm->member('worker');
while ( defined( my $line = $realm->line ) ) { $output .= $line }
is( $realm->status, 0, 'one worker is killed' ) or diag $realm->messages;
is( $output, $expected, 'and the results are the same' );
done_testing;
