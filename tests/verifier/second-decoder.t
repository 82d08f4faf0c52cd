#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# objdump divides whatever the verifier accepts into the same instructions, with the same mnemonics and registers, by the
# rules of AMD and by those of Intel: all programs built so far, the passing corpus, and single instructions of every
# opcode, of which DECODER_FORMS many a form are tried, chosen by DECODER_SEED, which changes from day to day.
use strict;
use warnings;
use File::Find;
use FindBin;
use lib $FindBin::Bin;
use Decoders;

my $build = $ENV{BUILD}         // 'build';
my $forms = $ENV{DECODER_FORMS} // 1;
my $seed  = $ENV{DECODER_SEED}  // int(time / 86400);
my $test  = 0;

sub report {
    my ($passed, $what, @details) = @_;
    $test++;
    print $passed ? 'ok' : 'not ok', " $test - $what\n", map { "# $_\n" } splice @details, 0, 20;
}

# What a program for this machine is, the verifier says by refusing it. csmith's come and go, their test looks at them.
sub programs {
    my @found;
    my $visit = sub {
        $File::Find::prune = 1 if -d && m{^(variants|csmith|sysroot-musl)$};
        push @found, $File::Find::name if -f && -x && !/\.t$/;
    };
    find($visit, $build);
    return sort @found;
}

my @programs = programs();
print "# DECODER_SEED=$seed DECODER_FORMS=$forms\n";
my @ours = accepted("$build/tests/verifier/accepted", '--forms', $forms, $seed, @programs);
report(@ours > 50000, @ours . ' different instructions');

# None of the kinds of programs was overlooked.
my $left_out = join '|', map { quotemeta } left_out();
my @accepted = grep { !/^(?:$left_out)$/ } @programs;
for my $kind ('ukernel', 'examples', 'tests/core', 'tests/ukernel', 'tests/sysroot', 'tests/toolchain', 'verifier/corpus/pass') {
    my @of_kind = grep { m{^\Q$build/$kind/\E} } @accepted;
    report(@of_kind > 0, @of_kind . " programs of $kind");
}
for my $machine ('amd64', 'intel64') {
    my ($starts, $meanings) = compare(\@ours, [disassemble($machine)]);
    report(!@$starts,   "the same starts by the rules of $machine",                  @$starts);
    report(!@$meanings, "the same mnemonics and registers by the rules of $machine", @$meanings);
}

# This test can fail: a verifier without the rule accepts encodings on which the decoders disagree.
@ours = accepted("$build/tests/verifier/accepted-without-encoding", '--forms', 1, 1);
my ($starts) = compare(\@ours, [disassemble('amd64')]);
report(@$starts > 0, 'without the rule of encodings, a disagreement is found');

# So do those that were found in the verifier: without the rule that refuses each now, the decoders disagree about it.
my @cases = ('encoding vex-popcnt', 'encoding vex-tzcnt', 'branch-form prefix-on-jump-66', 'branch-form prefix-on-call-66');
for my $case (@cases) {
    my ($rule, $program) = split ' ', $case;
    @ours = accepted("$build/tests/verifier/accepted-without-$rule", "$build/verifier/corpus/fail/$program");
    my ($starts, $meanings) = compare(\@ours, [disassemble('intel64')]);
    report(@$starts + @$meanings > 0, "without the rule $rule, a disagreement about $program is found");
}
print "1..$test\n";
