#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# A callee that crashes is gone, its callers are told, everybody else goes on, and the supervisor says what happened.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Test::More;

# In the order of enum crash in orders.h.
my @crashes = (
    [ 'a load from an unmapped address' => qr/\(SIGSEGV\), address 0x[0-9a-f]+5678, at crash\+0x[0-9a-f]+ \(0x1[0-9a-f]{4} in its image\)$/m ],
    [ 'a store to one'                  => qr/\(SIGSEGV\), address 0x[0-9a-f]+50000000, at crash\+0x/ ],
    [ 'a division by zero'              => qr/\(SIGFPE\), address 0x[0-9a-f]+, at crash\+0x/ ],
    [ 'an overflow of the data stack'   => qr/\(SIGSEGV\), address 0x[0-9a-f]+, at use_data_stack\+0x/ ],
    [ 'an overflow of the control stack' => qr/\(SIGSEGV\), address 0x[0-9a-f]+, at use_control_stack\+0x/ ],
    [ 'an invalid instruction'          => qr/\(SIGILL\), address 0x[0-9a-f]+, at crash(?:\.cold)?\+0x/ ],
    [ 'a jump to nowhere'               => qr/\(SIG(?:SEGV|ILL)\), address/ ],
    [ 'a call of _exit'                 => qr/exited with status 3/ ],
    [ 'a call of abort'                 => qr/\(SIGABRT\)/ ],
    [ 'a floating-point exception'      => qr/\(SIGFPE\), address 0x[0-9a-f]+, at divide_floats\+0x/ ],
);

sub check {
    my ( $name, $expected, $program, @arguments ) = @_;
    my ( $output, $messages, $status ) =
        run_realm( [ $program, 'victim' ], [ 'server', 'other' ], [ 'crash', @arguments ] );
    my ($base) = $program =~ m{([^/]+)$};
    my $seen = "first -1 ENOLINK\nsecond -1 ENOLINK\nothers go on\nname ENOENT\n";
    is( $output, $seen, "$name: the callers are told" );
    like( $messages, qr/$base \(pid \d+\) (?:was ended: [^\n]*)?$expected/, "$name: the supervisor says it" );
    is( $status, 0, "$name: the realm goes on" );
}

for my $how ( 0 .. $#crashes ) {
    my ( $what, $expected ) = @{ $crashes[$how] };
    check( $what,           $expected, 'server', $how, 0 );
    check( "$what at home", $expected, 'server', $how, 1 );
}
for my $program ( 'raw/return', 'raw/return-home' ) {
    check( "a return past the first frame ($program)", qr/\(SIGSEGV\), address [^,]+, at 0(?:x[0-9a-f]+)? in its image$/m, $program, 0, 0 );
}
done_testing;
