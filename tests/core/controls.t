#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# The tests of isolation can fail: each is run with a command that lacks exactly the check that it tests, and has to
# notice. Then what does not depend on a check: the variants for older CPUs and kernels, the second line of
# defence. CONTROLS names the variants that are tried.
use strict;
use warnings;
use Test::More;

use constant TRIES => 3;

my %only = map { $_ => 1 } split ' ', $ENV{CONTROLS} // '';

# True if this variant is to be tried.
sub is_chosen { return !%only || $only{ $_[0] } }

# Runs a command: what it prints, until a line says what is looked for, and its exit status. It is ended there.
sub run_until {
    my ( $line, @command ) = @_;
    my $pid = open my $output, '-|', 'sh', '-c', 'exec "$@" 2>/dev/null', 'sh', 'timeout', 60, @command or die;
    my $results = '';
    while (<$output>) {
        $results .= $_;
        last if $line && /$line/;
    }
    kill TERM => $pid;
    close $output;
    return ( $results, $? );
}

# Runs a test with a variant of the command: its output.
sub results {
    my ( $line, $variant, $test, %environment ) = @_;
    local @ENV{ keys %environment } = values %environment;
    local $ENV{COMESG} = "build/variants/$variant/comesg" if $variant;
    return run_until( $line, $^X, "tests/core/$test.t" );
}

# Without the check the test fails, at a result that says so.
sub must_fail {
    my ( $variant, $test, $result, %environment ) = @_;
    return if !is_chosen($variant);
    my $failure = qr/^not ok \d+ - $result/m;
    my ($results) = results( $failure, $variant, $test, %environment );
    like( $results, $failure, "without the check '$variant' the test $test fails" );
}

# The same where the program that tests may not live to say so: it gets as far as `before`, and the result is not good.
sub must_not_pass {
    my ( $variant, $test, $before, $result ) = @_;
    return if !is_chosen($variant);
    my ( $results, $noticed );
    for ( 1 .. TRIES ) {    # a race may go well
        ( $results, my $status ) = results( undef, $variant, $test );
        $noticed = $status != 0 && $results =~ /^ok \d+ - $before/m && $results !~ /^ok \d+ - $result/m;
        last if $noticed;
    }
    ok( $noticed, "without the check '$variant' the test $test does not pass" ) or diag $results;
}

for my $rule (
    qw(memory-form region-base upper-half branch-form landing-pad branch-target stack-pointer thread-block gate
    string-unit))
{
    must_fail( "rule-$rule", 'raw', "$rule: nothing is read", RAW_ATTACKS => $rule );
}
must_fail( 'rule-memory-form', 'isolation', 'the given attack: not a byte', ISOLATION_ATTACK => 'raw/poke' );
must_fail( 'vectors',   'registers', 'a call, 16 bytes: result 8, [1-9]\d* registers' );
must_fail( 'vectors',   'registers', 'an invalid instruction: result -67, [1-9]\d* registers' );
must_fail( 'vectors',   'registers', 'a call, 16 bytes: result 8, [1-9]\d* registers', COMESG_WITHOUT => 'AVX' );
must_fail( 'registers', 'registers', 'a call, 16 bytes: result 8, [1-9]\d* registers' );
must_fail( 'registers', 'registers', 'a forged target: result -9, [1-9]\d* registers' );
must_fail( 'preserved', 'registers', 'a callee leaves at the end of a system call: [1-9]\d* registers' );
must_fail( 'preserved', 'registers', 'a callee leaves in the middle of a system call: [1-9]\d* registers' );
must_fail( 'rounding',  'registers', 'a call, 16 bytes: .* [1-9]\d* wrong rounding modes' );
must_fail( 'depth',     'jumps',     'deeper: never gets there' );
must_fail( 'pad',       'jumps',     'no-pad: never gets there' );
must_fail( 'buffers',   'buffers',   'EFAULT for a reply buffer' );
must_fail( 'handles',   'buffers',   'EBADF for forged targets' );
must_fail( 'pointers',  'shim',      'read: EFAULT for every foreign pointer' );
must_fail( 'pointers',  'isolation', 'wild system calls: not a byte of anybody else', ISOLATION_ATTACK => 'calls' );
must_fail( 'pointers',  'isolation', 'random calls for sockets.*: not a byte',
    ISOLATION_ATTACK => 'sockets', ISOLATION_SECONDS => 3 );
must_fail( 'arguments', 'shim',      'read: EFAULT for every foreign pointer' );
must_fail( 'member',    'microkernel', 'a program: seals are not for everybody' );
must_fail( 'hidden',    'sockets',   'no number is a socket of the core' );
must_fail( 'hidden',    'polling',   'no descriptor of the core can be watched' );
must_fail( 'polled',    'polling',   'or polled' );
must_fail( 'polled-copy', 'polling', 'nor by changing numbers meanwhile' );
must_fail( 'selected',  'polling',   'or selected' );
must_fail( 'home',      'identity',  'two clients alternate' );
must_fail( 'passing',   'descriptors', 'a file of procfs: it is refused', DESCRIPTORS_INPUT => 'a file of procfs' );
must_fail( 'leave',     'deadline',  'a callee that (?:waits|makes system calls) in place: ETIMEDOUT' );
must_fail( 'lending',   'kill',      'lender stopped, callee in long: the callee goes on', KILL_WHEN => 'stopped', KILL_LIMIT => 4 );
must_not_pass( 'busy', 'buffers', 'EDEADLK for a call to oneself', 'EBUSY for a callee' );
my @soon = ( SWEEP_SECONDS => 2 );
must_fail( 'memory-lock', 'sweep',    'caller killed, callee recovers', SWEEP_PLAN => 45, @soon );
must_fail( 'circle',    'deadlock',  'a callee waits for its caller', DEADLOCK_SECONDS => 1 );
must_fail( 'lost',      'kill',      'callee killed \(sleep\): ENOLINK', KILL_WHEN => 'sleep', KILL_LIMIT => 4 );
must_fail( 'window-rights',  'sharing', '.* what is passed on to read is not written' );
must_fail( 'window-bounds',  'sharing', '.* nothing is written beyond the window' );
must_fail( 'window-sides',   'sharing', '.* a fault of the owner as the source' );
must_fail( 'window-workers', 'sharing', '.* a window is revoked while it is' );
must_fail( 'revocation',     'sweep',   'killed in corevoke', SWEEP_PLAN => 57, @soon );
must_fail( 'table',          'sweep',   'callee at home killed, handles passed', SWEEP_PLAN => 53, SWEEP_STRIDE => 2, @soon );
must_fail( 'magic-links',    'shim',    'nothing by way of what some process has open' );
must_fail( 'object-descriptors', 'reuse', 'and descriptors for starting', REUSE_PART => 'objects' );
must_fail( 'waiting-handle', 'reuse',   'a call that waits when its handle is revoked', REUSE_PART => 'revoked' );
must_fail( 'pool-worker',    'options', 'EACCES for what whoever gave it could not revoke then' );
must_fail( 'fault-origin',   'kill',    'caller ended by SIGSEGV, .* the callee goes on', KILL_WHEN => 'sent', KILL_LIMIT => 4 );
must_fail( 'dying',          'kill',    'callee killed \(loop\): ENOLINK', KILL_WHEN => 'loop', KILL_LIMIT => 4 );
must_fail( 'hand-over',      'sweep',   'caller of a callee at home killed', SWEEP_PLAN => 8, SWEEP_STRIDE => 1, @soon );
must_fail( 'waiters',        'sweep',   'callee killed, caller waits for it', SWEEP_PLAN => 41, SWEEP_STRIDE => 1, @soon );
must_fail( 'claim-owner',    'sweep',   'caller killed', SWEEP_PLAN => 3, SWEEP_STRIDE => 1, @soon );
must_fail( 'fcntl',          'shim',    'fcntl aims no signals' );
must_fail( 'devices',        'shim',    'no file that reaches into processes or the kernel' );
must_fail( 'text-range',     'shim',    'no mapping over text' );
must_not_pass( 'text-and-range', 'shim', 'no other kind', 'no mapping over text' );
must_fail( 'ranges',         'quota',   'mappings taken by who has the quota' );
must_fail( 'checked-pad',    'jumps',   'accept-null: who calls is told' );
must_fail( 'privileged',     'deaths',  'EBADF for another handle' );
must_fail( 'kill-right',     'deaths',  'is not that to kill' );
must_fail( 'member',         'microkernel', 'a program: seals are not for everybody' );
must_fail( 'seal',           'microkernel', 'a member: not with another seal' );
must_fail( 'vault',          'microkernel', 'a member: has its own' );
must_fail( 'names-late',     'reuse',    'no name stays of who has ended', REUSE_PART => 'names' );
must_fail( 'names-quota',    'microkernel', 'a program: names are counted' );
must_fail( 'reserved',       'microkernel', 'a program: nor is the name of the microkernel' );
must_fail( 'limits',         'messages', 'one that cannot \\(-t\\) refuses the realm' );
must_fail( 'pipe-signal',    'messages', 'a standard error that nobody reads: as it should' );
must_fail( 'full-pipe',      'messages', 'a standard error that is full: the realm ends', MESSAGES_SECONDS => 3 );
must_fail( 'forged',         'messages', 'and forges no message' );
must_fail( 'gate-stack',     'isolation', 'wild system calls: on the control stack', ISOLATION_ATTACK => 'calls' );
must_fail( 'clear-tid',      'isolation', 'words of threads: not a byte', ISOLATION_ATTACK => 'words', ISOLATION_SECONDS => 3 );
must_fail( 'dumpable',       'exec',     'as I am: its memory is nobody\'s to look at' );
must_fail( 'requeue',        'shim',     'futex requeue: EFAULT for every foreign pointer' );
must_fail( 'clocks',         'shim',     'no clock of a process or thread' );
must_fail( 'object-rights',  'memory-objects', 'not with more rights than the handle' );
must_fail( 'object-revoked', 'memory-objects', 'zero pages where the object was' );
must_fail( 'token',          'sharing', '.* one of those who want to use a window' );

# Tests of a part of the core in an ordinary process.
sub part_must_fail {
    my ( $variant, $test, $result, @arguments ) = @_;
    return if !is_chosen($variant);
    my $failure = qr/^not ok \d+ - $result/m;
    my ($results) = run_until( $failure, "build/variants/$variant/$test", @arguments );
    like( $results, $failure, "without the check '$variant' the test $test fails" );
}
part_must_fail( 'slot-reuse', 'slots', '.*: nobody takes a slot whose thread is not gone', 'taking' );
part_must_fail( 'pool-change', 'pools', 'adding a worker: nothing of that' );
part_must_fail( 'pool-claim', 'pools', 'claiming a worker: nothing of that' );
part_must_fail( 'pool-gate', 'pools', 'calling a service: nothing of that', 'calling' );
part_must_fail( 'pools-end',    'pools',   'ending a co-process: nothing of that' );
part_must_fail( 'gate-handle',  'pools',   'a thread and a memory object: nothing else', 'handles' );
part_must_fail( 'gate-service', 'pools',   'a service and an object of somebody\'s: nothing else', 'handles' );
part_must_fail( 'vault-order',  'entries', 'getting out of a vault: nothing', 'vault' );
part_must_fail( 'fetched-once', 'entries', 'whatever is written there after', 'information' );
part_must_fail( 'derivation',   'entries', 'none of them lives on', 'derivation' );
part_must_fail( 'sent-entry',   'entries', 'no entry says half of the one', 'sending' );
part_must_fail( 'object-entry', 'entries', 'while a handle to one becomes another', 'objects' );
part_must_fail( 'hide',         'numbers', 'what may not be executed is not read' );
part_must_fail( 'hold',         'numbers', 'what may not be passed on is not' );
part_must_fail( 'forget',       'reaping', 'and its number forgotten' );
part_must_fail( 'hole',         'span',    'none of that leaves a hole' );
part_must_fail( 'used-up',      'slots',   'a slot whose incarnations are used up', 'incarnations' );
part_must_fail( 'block-order',  'slots',   'each word goes from its last life', 'preparing' );
part_must_fail( 'cancelled',    'slots',   'whoever gets its slot meanwhile', 'cancelling' );
part_must_fail( 'slot-taken', 'slots', 'and keeps it', 'end' );
part_must_fail( 'slot-death', 'slots', 'nobody loses the slot before it is gone', 'deaths' );

for my $test (qw(registers buffers)) {
    my ( $results, $status ) = results( undef, undef, $test, COMESG_WITHOUT => 'AVX' );
    ok( $status == 0 && $results !~ /^not ok/m, "the switcher for CPUs without AVX passes the test $test" )
        or diag $results;
}

{
    my ( $results, $status ) = results( undef, undef, 'crash', COMESG_WITHOUT => 'GUARD_INSTALL' );
    ok( $status == 0 && $results !~ /^not ok/m, 'on a kernel without guard pages stacks overflow as they should' )
        or diag $results;
}

# A system call of the processor in verified code: refused by a rule, and behind that by the kernel's filter.
sub attacked {
    my ( $variant, $attack ) = @_;
    my $programs = 'build/tests/core/programs/raw';
    return `timeout 20 build/variants/$variant/comesg run --bare $programs/victim : $programs/attack-$attack 2>&1`;
}
like( attacked( 'rule-instruction', 'instruction' ), qr/SIGSYS/, 'without the rule the filter stops a system call' );
like( attacked( 'filter-and-rule', 'instruction' ), qr/!Secret!/, 'without rule and filter it reads the secret' );
like( attacked( 'rule-instruction', 'interrupt' ), qr/SIG(?:SYS|SEGV)/, 'nor is there one of 32-bit programs' );
unlike( attacked( 'filter-and-rule', 'interrupt' ), qr/SIGSYS/, 'which the filter stops, too' );
done_testing;
