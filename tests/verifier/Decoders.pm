# SPDX-License-Identifier: BSD-2-Clause
#
# Compares what the verifier accepts with what objdump makes of it.
package Decoders;
use strict;
use warnings;
use Exporter qw(import);
use File::Temp qw(tempdir);

our @EXPORT = qw(accepted left_out disassemble compare);

my $work = tempdir(CLEANUP => 1);

# The instructions that tests/verifier/accepted lists, each as [place, address, length, disassembly].
sub accepted {
    my ($command, @arguments) = @_;
    open my $list, '-|', 'sh', '-c', 'exec "$@" 2>"$0.log" 3>"$0"', "$work/bytes", $command, @arguments or die "sh: $!";
    my @instructions = map { chomp; [split ' ', $_, 4] } <$list>;
    close $list or die "$command failed: ", `cat $work/bytes.log`;
    return @instructions;
}

# The programs among its arguments that were not accepted.
sub left_out {
    open my $log, '<', "$work/bytes.log" or die $!;
    return map { /^# not accepted, left out: (.*)$/ ? $1 : () } <$log>;
}

# What objdump makes of them by the rules of a machine, each as [offset, disassembly].
sub disassemble {
    my ($machine) = @_;
    my @command = ('objdump', '-D', '-z', '-w', '-b', 'binary', '-m', 'i386:x86-64', '-M', "intel,$machine",
        '--no-show-raw-insn', "$work/bytes");
    open my $objdump, '-|', @command or die "objdump: $!";
    my @instructions;
    while (<$objdump>) {
        push @instructions, [hex $1, $2] if /^\s*([0-9a-f]+):\s+(.*)$/;
    }
    close $objdump or die "objdump failed";
    return @instructions;
}

# The spellings of one thing.
my %condition = (nle => 'g', nl => 'ge', nbe => 'a', nb => 'ae', z => 'e', nz => 'ne');
my $register  = qr/\b(?:[re]?[abcd]x|[abcd][lh]|[re]?[sd]i|[sd]il|[re]?[sb]p|[sb]pl|r\d+[bwd]?|[xy]mm\d+|rip)\b/;

# The mnemonic and the registers in their order.
my %known;

sub essence {
    my ($text) = @_;
    $text = lc $text;
    $text =~ s/\s*#.*//;
    $text =~ s/[-+]?0x[0-9a-f]+/+0/g;
    return $known{$text} //= find_essence($text);
}

sub find_essence {
    my ($text) = @_;
    $text =~ s/\bxchg\s+ax,\s*ax/nop/;
    $text =~ s/^(?:data16 |cs )*nop.*/nop/;
    $text =~ s/^((?:lock |rep\w* )*)rex(?:\.\w+)? /$1/;
    $text =~ s/^repnz/repne/;
    $text =~ s/^repz/repe/;
    $text =~ s/^(cmov|set|j)(nle|nl|nbe|nb|z|nz)\b/$1$condition{$2}/;
    $text =~ s/^movabs/mov/;
    $text =~ s/^data16 (?:rex\S* )?crc32/crc32/;
    $text =~ s/^(v?cmp)[a-z_]+?([sp][sd])\b/$1$2/ if $text !~ /^cmpxchg/;
    $text =~ s/^(v?pclmul)[hl]q[hl]qdq/${1}qdq/;
    $text =~ s/^(v?pcmp[ei]str[im])q/$1/;
    $text =~ s/^((?:rep\w* )?(?:movs|cmps|scas|lods|stos))(?:[bwdq]| .*)$/$1/;
    my ($mnemonic, $operands) = $text =~ /^((?:lock |rep\w* )*\S+)\s*(.*)$/;
    $operands =~ s/,\s*xmm0$// if $mnemonic =~ /^(?:p?blendvp?[bsd]|sha256rnds2)$/ && $operands =~ tr/,// == 2;
    # Bits of the encoding without effect: of the length of a vector with scalars, and of the size of these results.
    $operands =~ s/\bymm/xmm/g if $mnemonic =~ /^v.*s[sd]$/;
    $operands =~ s/^(e?[a-d]x|e[sd]i|e[sb]p|r\d+d)\b/wide($1)/e if $mnemonic =~ /^v?p?movmsk/;
    return join ' ', $mnemonic, $operands =~ /$register/g;
}

sub wide {
    my ($register) = @_;
    return $register =~ /^e(.*)/ ? "r$1" : substr $register, 0, -1;
}

# Complaints about where instructions start, and about what they are.
sub compare {
    my ($ours, $theirs) = @_;
    my ($at, $i) = (0, 0);
    my (@starts, @meanings);
    for (@$ours) {
        my ($place, $address, $length, $text) = @$_;
        my ($start, $other) = $i < @$theirs ? @{ $theirs->[$i] } : (-1, 'nothing');
        my $end = $i + 1 < @$theirs ? $theirs->[ $i + 1 ][0] : $at + $length;
        my $where = sub { "$place at 0x$address: " . bytes($at, $length) . ": $text; objdump: $other" };
        if ($start != $at || $end != $at + $length) {
            push @starts, $where->() . ', ' . ($end - $start) . ' bytes';
        } elsif (essence($text) ne essence($other)) {
            push @meanings, $where->();
        }
        $at += $length;
        $i++ while $i < @$theirs && $theirs->[$i][0] < $at;
    }
    return (\@starts, \@meanings);
}

sub bytes {
    my ($at, $length) = @_;
    open my $file, '<:raw', "$work/bytes" or die $!;
    seek $file, $at, 0;
    read($file, my $bytes, $length);
    return join ' ', unpack '(H2)*', $bytes;
}

1;
