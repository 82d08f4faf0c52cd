#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Errors of public calls that no other test meets on its way: quotas, limits of the realm, arguments; each form of calls;
# and what the core offers to services. tests/doc/errors has all errors.
use strict;
use warnings;
use lib 'tests/core';
use Cwd 'abs_path';
use File::Temp 'tempdir';
use Realm;
use Test::More;

use_microkernel();

sub check {
    my ( $what, $steps, $realm ) = @_;
    close delete $realm->{to};
    my $output = $realm->output(120);
    my $seen   = 0;
    while ( $output =~ /^(good|bad) (.*)$/mg ) {
        ok( $1 eq 'good', $2 );
        $seen++;
    }
    is( $seen, $steps, "$what: nothing is missing" ) or diag $output, $realm->messages;
    return $realm->status(20);
}

{
    local @Realm::options = ('--privileged');
    is( check( 'errors', 88, start_realm( [ program('errors'), 'full', tempdir( CLEANUP => 1 ) ] ) ), 0, 'it ends well' );
}
is( check( 'variants', 36, start_realm('variants') ), 0, 'it ends well' );
{
    my $folder = tempdir( CLEANUP => 1 );
    symlink abs_path( program('member') ), "$folder/coprocd" or die;
    local $ENV{COMESG_UKERNEL} = $folder;
    is( check( 'a member', 23, start_realm('member wait') ), 125, 'the realm ends with it' );
}
done_testing;
