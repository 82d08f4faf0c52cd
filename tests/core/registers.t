#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Registers and flags across every kind of crossing. The client prints the results. With the argument or the variable
# REGISTERS=sse the test looks at the lower halves of vector registers only.
use strict;
use warnings;
use lib 'tests/core';
use Realm;
use Time::HiRes 'sleep';

my $avx     = do { local ( @ARGV, $/ ) = '/proc/cpuinfo'; <> =~ /^flags.*\bavx\b/m };
my $program = ( $ENV{REGISTERS} // ( $avx ? 'avx' : 'sse' ) ) eq 'avx' ? 'registers-avx' : 'registers-sse';

my @servers = map { [ $program, 'server', $_ ] } qw(plain 0 1 2 3 4 y w);
my $realm   = start_realm( @servers, [ $program, 'server', 'with', 'options' ], [ $program, 'client' ] );
while ( defined( my $line = $realm->line ) ) {
    print $line;
    next if $line !~ /^# spinning/;
    my @pids = $realm->messages =~ /started with pid (\d+)/g;
    sleep 0.05;
    kill KILL => $pids[5];
}
my $status = $realm->status // 'none: it hung';
print STDERR $realm->messages if $status ne '0';
exit( $status ne '0' );
