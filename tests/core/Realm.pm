# SPDX-License-Identifier: BSD-2-Clause
#
# Runs realms for the tests: bounded in time, with what they print, and with a look at what they leave behind.
package Realm;
use strict;
use warnings;
use Exporter 'import';
use POSIX ();
use Time::HiRes qw(sleep time);
our @EXPORT = qw(program run_realm start_realm until_true children gone end_realm use_microkernel up_realm lines_of);

our @as;    # words in front of the command, to run it as somebody else
our @options  = ('--bare');                     # of comesg run
our $each     = sub { };                        # is told each line that run_realm reads, as it comes
our $programs = 'build/tests/core/programs';    # where programs are
$SIG{TERM} = sub { exit 1 };                    # ends the realms, too
my $comesg = $ENV{COMESG} // 'build/cli/comesg';

sub program { return "$programs/$_[0]" }

# From now on realms have the microkernel, and programs come from its tests.
sub use_microkernel {
    @options  = ();
    $programs = 'build/tests/ukernel/programs';
}

# The parts are programs with their arguments, as array references.
sub command {
    my @parts = map { ref ? $_ : [ split ' ' ] } @_;
    my @words = ( @as, $comesg, 'run', @options, '-v' );
    for my $i ( 0 .. $#parts ) {
        my ( $name, @arguments ) = @{ $parts[$i] };
        push @words, ':' if $i;
        push @words, -e $name ? $name : program($name), @arguments;
    }
    return @words;
}

# Starts a realm in a process group of its own. Its standard input and output are pipes, its messages go to a file.
sub start_words {
    my @words = @_;
    my %realm = ( errors => "build/tests/core/messages.$$." . ++$Realm::count );
    pipe my $input, my $to       or die;
    pipe my $from,  my $output or die;
    $realm{pid} = fork // die;
    if ( !$realm{pid} ) {
        setpgrp;
        POSIX::dup2( fileno $input,  0 );
        POSIX::dup2( fileno $output, 1 );
        open my $errors, '>', $realm{errors} or die;
        POSIX::dup2( fileno $errors, 2 );
        exec @words or POSIX::_exit(125);
    }
    $to->autoflush(1);
    @realm{qw(to from)} = ( $to, $from );
    return bless \%realm;
}

sub start_realm { return start_words( command(@_) ) }

# The realm that a file describes.
sub up_realm { return start_words( @as, $comesg, 'up', '-v', $_[0] ) }

# Waits for the end of the realm: its exit status, or undef after `limit` seconds, when it is killed.
sub status {
    my ( $realm, $limit ) = @_;
    return $realm->{status} if exists $realm->{status};
    my $reaped = until_true( sub { waitpid( $realm->{pid}, POSIX::WNOHANG ) == $realm->{pid} }, $limit // 20 );
    return $realm->{status} = $? & 127 ? 256 + ( $? & 127 ) : $? >> 8 if $reaped;
    kill KILL => -$realm->{pid};
    waitpid $realm->{pid}, 0;
    return $realm->{status} = undef;
}

sub messages {
    my ($realm) = @_;
    open my $errors, '<', $realm->{errors} or return '';
    local $/;
    return <$errors> // '';
}

# The next line that the realm prints, or undef if none comes within `limit` seconds.
sub line {
    my ( $realm, $limit ) = @_;
    my $end = time + ( $limit // 10 );
    $realm->{buffer} //= '';
    my $length;
    until ( $length = 1 + index $realm->{buffer}, "\n" ) {
        my $bits = '';
        vec( $bits, fileno $realm->{from}, 1 ) = 1;
        return undef if time >= $end || !select $bits, undef, undef, $end - time;
        return undef if !sysread $realm->{from}, $realm->{buffer}, 65536, length $realm->{buffer};
    }
    return substr $realm->{buffer}, 0, $length, '';
}

sub output {
    my ( $realm, $limit ) = @_;
    my $all = '';
    while ( defined( my $line = $realm->line($limit) ) ) {
        $all .= $line;
        $each->($line);
    }
    return $all . $realm->{buffer}; # the last line may have no end
}

# The pid of the co-process of this program.
sub member {
    my ( $realm, $name ) = @_;
    my $pid;
    until_true( sub { $realm->messages =~ m{(?:^|/)\Q$name\E started with pid (\d+)}m && ( $pid = $1 ) }, 10 );
    return $pid;
}

sub DESTROY {
    my ($realm) = @_;
    local ( $?, $! );
    $realm->status(0.1);
    unlink $realm->{errors};
}

# None if the file, perhaps of a process that is gone, cannot be read.
sub lines_of {
    my ($file) = @_;
    open my $input, '<', $file or return ();
    return <$input>;
}

# Runs a realm to its end: output, messages, exit status (undef: it hung).
sub run_realm {
    my $realm  = start_realm(@_);
    close delete $realm->{to};
    my $output = $realm->output(30);
    my $status = $realm->status(5);
    return ( $output, $realm->messages, $status );
}

sub until_true {
    my ( $condition, $limit ) = @_;
    my $end = time + $limit;
    until ( $condition->() ) {
        return 0 if time > $end;
        sleep 0.002;
    }
    return 1;
}

# Processes that are alive in this process group.
sub children {
    my ($group) = @_;
    my @alive;
    for my $stat ( glob '/proc/[0-9]*/stat' ) {
        open my $file, '<', $stat or next;
        my ( $pid, $state, $pgrp ) = ( <$file> // '' ) =~ /^(\d+) \(.*\) (\S) \d+ (\d+)/s or next;
        push @alive, $pid if $pgrp == $group && $state !~ /[ZX]/;
    }
    return @alive;
}

# True when nothing of the realm is left, at the latest after `limit` seconds.
sub gone {
    my ( $realm, $limit ) = @_;
    return until_true( sub { !children( $realm->{pid} ) }, $limit // 5 );
}

1;
