#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# The table tests/doc/errors names, for each public function, a test of its success and one of each error that its header
# names, or why there is none; those tests exist; and the manual has the errors that they meet.
use strict;
use warnings;
use Test::More;

my %without = map { $_ => 1 } qw(abi.h call_options.h comsg.h version.h);

sub contents {
    my ($path) = @_;
    open my $file, '<', $path or return '';
    local $/ = undef;
    return scalar <$file>;
}

# Without what differs between a line and how it is broken.
sub plain {
    my ($text) = @_;
    $text =~ s/"\s*\n\s*"//g;
    $text =~ s/\s+//g;
    return $text;
}

# The page that a function's name leads to.
sub page {
    my ($function) = @_;
    my $text = contents("doc/man/$function.3");
    return $text =~ /\A\.so man3\/(.*)$/m ? contents("doc/man/$1") : $text;
}

my ( %shown, %tested, %texts );
for ( split /\n/, contents('tests/doc/errors') ) {
    next if /^(#|$)/;
    my ( $functions, $errors, $path, $text ) = split ' ', $_, 4;
    if ( $path ne '-' ) {
        $texts{$path} //= plain( contents($path) );
        ok( index( $texts{$path}, plain($text) ) >= 0, "$functions $errors: $path: $text" );
    }
    for my $function ( split /,/, $functions ) {
        for my $error ( split /,/, $errors ) {
            $shown{$function}{$error} = 1;
            $tested{$function}{$error} = 1 if $path ne '-';
        }
    }
}

# Functions that one comment is about have its errors together.
my %declared = ( transport => 1 );
for my $header ( sort glob 'include/comesg/*.h' ) {
    my ($name) = $header =~ m{([^/]+)$};
    next if $without{$name};
    my $text = contents($header);
    while ( $text =~ m{/\*((?:(?!\*/).)*)\*/\n((?:(?!/\*).)*)}gs ) {
        my ( $comment, $code ) = ( $1, $2 );
        my @functions = (
            $code =~ /^(?!static inline|\s|#)(?:[a-z_]\w*[ *]+)+?(\w+)\([^;{]*\);/gm,
            $code =~ /^static inline[^;{]*?\b(co\w+)\(/gm
        );
        next if !@functions;
        my %errors = map { $_ => 1 } $comment =~ /\b(E[A-Z0-9]{2,})\b/g;
        $declared{$_} = 1 for @functions;
        ok( $shown{$_}{ok}, "$name: $_ succeeds" ) for @functions;
        for my $error ( sort keys %errors ) {
            ok( ( grep { $shown{$_}{$error} } @functions ) > 0, "$name: $functions[0]: $error" );
            next if $name eq 'microkernel.h' || !grep { $tested{$_}{$error} } @functions;
            like( page( $functions[0] ), qr/^\.(?:It )?Bq Er $error\b/m, "the page of $functions[0] has $error" );
        }
    }
}
ok( $declared{$_}, "$_ is a function" ) for sort keys %shown;
done_testing;
