#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Joining the microkernel, what the launcher chooses, and realms without one.
use strict;
use warnings;
use lib 'tests/core';
use Cwd 'abs_path';
use File::Temp 'tempdir';
use Realm;
use Test::More;

use_microkernel();

sub check {
    my ( $who, $least, @command ) = @_;
    my ( $output, $messages, $status ) = run_realm(@command);
    my $count = 0;
    for my $line ( split /\n/, $output // '' ) {
        next if $line !~ /^(ok|not ok)(?: \d+)? - (.*)$/;
        ok( $1 eq 'ok', "$who: $2" );
        $count++;
    }
    is( $status, 0, "$who: all of that" ) or diag $output, $messages;
    cmp_ok( $count, '>=', $least, "$who: nothing is missing" );
}

check( 'joining', 20, [ program('join') ] );
{
    local @Realm::options = ('--bare');
    check( 'without', 5, [ program('join'), 'bare' ] );
}

my ( undef, $messages, $status ) = run_realm( [ 'build/ukernel/coprocd', 'build/ukernel' ] );
isnt( $status, 0, 'coprocd does not start as a program' );
{
    local @Realm::options = ('--privileged');
    ( undef, $messages, $status ) = run_realm( [ 'build/ukernel/coprocd', 'build/ukernel' ] );
    is( $status, 1, 'a second microkernel is refused' );
    like( $messages, qr/^coprocd: a realm has one microkernel/m, 'and is told why' );
}

sub without_programs {
    local $ENV{COMESG_UKERNEL} = shift;
    return run_realm( [ program('join') ] );
}
( undef, $messages, $status ) = without_programs('/nowhere');
is( $status, 126, 'a realm does not start without the programs of the microkernel' );
like( $messages, qr{no microkernel \(coprocd\) in /nowhere: set COMESG_UKERNEL}, 'and says what to do' );

# A microkernel of our own.
my $folder = tempdir( CLEANUP => 1 );
symlink abs_path( program('false-coprocd') ), "$folder/coprocd" or die;
{
    local $ENV{COMESG_UKERNEL} = $folder;
    check( 'transport errors', 4, [ program('transport') ] );
}

done_testing;
