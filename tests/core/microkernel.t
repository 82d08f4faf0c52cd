#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# What the core offers to the microkernel: a test program in the place of coprocd, beside an ordinary one.
use strict;
use warnings;
use lib 'tests/core';
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use Realm;
use Test::More;

sub check {
    my ( $who, $least, $output, $messages ) = @_;
    my $count = 0;
    while ( $output =~ /^(good|bad|done) ?(.*)$/mg ) {
        $count++;
        is( $1, $1 eq 'done' ? 'done' : 'good', "$who: $2" );
    }
    cmp_ok( $count, '>=', $least, "$who: nothing is missing" ) or diag $messages;
    like( $output, qr/^done/m, "$who: to the end" );
}

my ( $output, $messages ) = run_realm( [ program('microkernel'), 'outside' ] );
check( 'a program', 9, $output, $messages );

my $folder = tempdir( CLEANUP => 1 );
symlink abs_path( program('microkernel') ), "$folder/coprocd" or die;
{
    local @Realm::options = ();
    local $ENV{COMESG_UKERNEL} = $folder;
    ( $output, $messages ) = run_realm( [ program('microkernel'), 'wait' ] );
}
check( 'a member', 75, $output, $messages );
done_testing;
