#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Realm files: what programs get, restart policies, and what is said of mistakes.
use strict;
use warnings;
use lib 'tests/core';
use File::Temp 'tempdir';
use Realm;
use Test::More;

use_microkernel();
my $folder = tempdir( CLEANUP => 1 );
my $told   = program('told');

sub file_of {
    my ($text) = @_;
    open my $file, '>', "$folder/realm" or die;
    print $file $text;
    close $file or die;
    return "$folder/realm";
}

sub up {
    my ($text) = @_;
    return up_realm( file_of($text) );
}

sub up_to_end {
    my ($realm) = up(@_);
    close delete $realm->{to};
    my $output = $realm->output(30);
    my $status = $realm->status(20);
    my $messages = $realm->messages;
    s{\Q$folder\E/}{}g for $messages;
    return ( $output, $messages, $status );
}

sub mistake {
    my ( $text, $what, $message ) = @_;
    my ( undef, $messages, $status ) = up_to_end($text);
    like( $messages, qr/^comesg: realm:$message$/m, $what );
    is( $status, 2, "$what: nothing is started" );
}

my ( $output, $messages, $status ) = up_to_end(<<"END");
# A comment, and an empty line

port   results carrier 1M
port   bytes   channel
memory table   64k
program one $told tell "two words" "a \\"quote\\"" # and a comment
    environment "TOLD=two words" OTHER=
    directory /
    publish no
    quota memory 32M
    namespace none
    handle results send
    handle bytes
    handle table read
END
is( $status, 0, 'a realm of one program' ) or diag $messages;
is( $output, <<'END', 'gets what the file says' );
argument [tell]
argument [two words]
argument [a "quote"]
variable [two words]
folder [/]
handle 5 1
handle 5 1 2
handle 4 100
namespace Permission denied
publish Permission denied
memory Out of memory
END
( $output, $messages, $status ) = up_to_end("program one $told tell\n");
is( $status, 0, 'without anything' ) or diag $messages;
like( $output, qr/^namespace good 10 20\npublish good\nmemory good\n/m, 'the root, and the right to publish' );

( $output, undef, $status ) = up_to_end("port p channel\nprogram one $told send\nhandle p\n");
is( "$output$status", "received\n0", 'handles work' );

( $output, $messages, $status ) = up_to_end("namespace app application\nprogram one $told tell\nnamespace app select\n");
is( $status, 0, 'a namespace of its own' ) or diag $messages;
like( $output, qr/^namespace good 10\npublish/m, 'with the right that the file says' );

( $output, undef, $status ) = up_to_end("main a\nprogram a $told exit 7\nprogram b $told stay\n");
is( $status, 7, 'the realm ends with its main program and its status' );

( $output, $messages, $status ) = up_to_end("program a $told exit 7\nrestart on-failure 3 100\n");
is( scalar( () = $output =~ /^started \d+$/mg ), 4, 'one that fails is started again three times' );
is( $status, 1, 'and then the realm ends' );
like( $messages, qr/^comesg: realm:1: a has ended more than 3 times in 100 seconds$/m, 'for this reason' );

( $output, $messages, $status ) = up_to_end("program a $told exit 0\nrestart on-failure\n");
is( "$output$status" =~ s/\d+\n/\n/r, "started \n0", 'one that does not fail is not' );

{
    my $realm = up("program a $told stay\nrestart always\nprogram b $told stay\n");
    my %pids  = map { ( $realm->line // '' ) =~ /(\d+)/ ? ( $1 => 1 ) : () } 1, 2;
    my ( $first, $last );
    until_true(
        sub {
            ($first) = $realm->messages =~ /^comesg: a started with pid (\d+)$/m;
            ($last)  = $realm->messages =~ /^comesg: b started with pid (\d+)$/m;
            return $first && $last;
        },
        20
    );
    ok( $pids{$first} && $pids{$last}, 'two that stay' );
    kill KILL => $first;
    like( $realm->line(20) // '', qr/^started \d+$/, 'one that is killed is started again' );
    kill TERM => $last;
    is( $realm->status, 128 + 15, 'the last one ends the realm' );
    ok( gone($realm), 'nothing is left' );
}

mistake( "main a\n",                          'no program',      '1: there is no program' );
mistake( "\nprogram a\n",                     'no path',         '2: a program is `program NAME PATH .*' );
mistake( "program a b\nprogram a c\n",        'a name twice',    '2: a has been declared in line 1' );
mistake( "port a pipe\nmemory a 1\n",         'an object twice', '2: a has been declared in line 1' );
mistake( "# x\nprogam a b\n",                 'a misspelling',   '2: `progam\' is no statement' );
mistake( "quota memory 1\n",                  'no program yet',  '1: `quota\' is about a program, .*' );
mistake( "program a b\nport p pipe\n",        'a late object',   '2: `port\' has to come before the first program' );
mistake( "port p tube\n",                     'a type',          '1: a port is .*' );
mistake( "port p pipe 1k\n",                  'a size',          '1: 1k is no size for a pipe' );
mistake( "memory m 0\n",                      'no size',         '1: memory is `memory NAME SIZE\'' );
mistake( "program a b\nquota food 1\n",       'a resource',      '2: a quota is .*' );
mistake( "program a b\nquota memory 1x\n",    'a limit',         '2: 1x is no limit: .*' );
mistake( "program a b\nquota memory 99999999999G\n", 'a limit that is too large', '2: 99999999999G is no limit: .*' );
mistake( "program a b\nquota ports 1\nquota ports 2\n", 'a quota twice', '3: a has a quota of ports already' );
mistake( "program a b\nhandle p\n",           'an object',       '2: p has not been declared above' );
mistake( "port p pipe\nprogram a b\nhandle p write\n", 'a right', '3: write is no right to p' );
mistake( "port p pipe\nprogram a b\nnamespace p\n", 'no namespace', '3: p is no namespace' );
mistake( "program a b\nnamespace none\nnamespace none\n", 'two namespaces', '3: a has a namespace already' );
mistake( "program a b\ncalls some\n",         'a class',         '2: some is no class of system calls: .*' );
mistake( "program a b\nuser root\n",          'a user',          '2: a user is .*' );
mistake( "program a b\nrestart sometimes\n",  'a policy',        '2: a restart policy is .*' );
mistake( "program a b\nrestart always 0 1\n", 'no restart',      '2: 0 in 1 seconds: not from 1 to 1000 times' );
mistake( "program a b\nenvironment =x\n",     'a variable',      '2: =x is not NAME=VALUE' );
mistake( "program a \"b\n",                   'a quote',         '1: a quote is not closed' );
mistake( "main x\nprogram a b\n",             'a main program',  '1: there is no program x' );
mistake( "main a\nmain b\nprogram a b\n",     'two of them',     '2: line 1 has named the main program' );

( undef, $messages, $status ) = up_to_end("\nprogram a /nowhere\n");
is( $status, 126, 'a program that is not there' );
like( $messages, qr{^comesg: realm:2: cannot start a \(/nowhere\): No such file or directory$}m, 'is named' );
( undef, $messages, $status ) = up_to_end("program a /bin/true\n");
is( $status, 126, 'a program that is not verified' );
like( $messages, qr{^comesg: realm:1: cannot start a \(/bin/true\): not a program made by cocc, or one}m, 'is named' );

my $realm = up_realm("$folder/nothing");
is( $realm->status, 2, 'no file' );
like( $realm->messages, qr{^comesg: \Q$folder\E/nothing: No such file or directory$}m, 'is said' );

done_testing;
