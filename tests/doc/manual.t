#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Every public function and every command has a page in the manual that names it and shows how it is called.
use strict;
use warnings;
use Test::More;

my %internal = map { $_ => 1 } qw(abi.h call_options.h microkernel.h version.h);

sub contents {
    my ($path) = @_;
    open my $file, '<', $path or return '';
    local $/ = undef;
    return scalar <$file>;
}

# Without comments; a declaration begins at the start of a line and ends with its parameters.
sub functions {
    my $text = contents( $_[0] );
    $text =~ s{/\*.*?\*/}{}gs;
    return $text =~ /^(?!static inline|\s|#)(?:[a-z_]\w*[ *]+)+?(\w+)\([^;{]*\);/gm,
      $text =~ /^static inline[^;{]*?\b(co\w+)\(/gm;
}

# The page that a function's name leads to.
sub page {
    my ($path) = @_;
    my $text = contents($path);
    return $text =~ /\A\.so man(\d)\/(.*)$/m ? contents("doc/man/$2") : $text;
}

for my $header ( sort glob 'include/comesg/*.h' ) {
    my ($name) = $header =~ m{([^/]+)$};
    next if $internal{$name};
    for my $function ( functions($header) ) {
        my $page = page("doc/man/$function.3");
        ok( $page =~ /^\.Nm \Q$function\E(?: ,)?$/m, "$name: the page of $function names it" );
        ok( $page =~ /^\.Fn \Q$function\E\b/m,       "and shows how it is called" );
    }
}
for my $command (qw(cocc comesg coverify)) {
    ok( page("doc/man/$command.1") =~ /^\.Nm $command$/m, "$command has a page" );
}
SKIP: {
    skip 'needs groff', 1 if system('groff -v >/dev/null 2>&1') != 0;
    for my $path ( sort glob 'doc/man/*' ) {
        next if contents($path) =~ /\A\.so /;
        is( scalar `groff -mandoc -ww -z -Tutf8 $path 2>&1`, '', "$path is well-formed" );
    }
}
done_testing;
