# caller.pl - asks 127.0.0.1:PORT for /healthz, a connection each time, until FILE is there.  Fails if one of them was
# not answered with 200 within 30 s.
use strict;
use IO::Socket::INET;

my ($port, $file) = @ARGV;
my $n = 0;
do {
	local $SIG{ALRM} = sub { die "call $n: no answer\n" };
	alarm 30;
	my $s = IO::Socket::INET->new("127.0.0.1:$port") or die "call $n: $@\n";
	print $s "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" or die "call $n: $!\n";
	my $line = <$s>;
	defined $line && $line =~ / 200 / or die "call $n: ", $line // "nothing", "\n";
	$n++;
	select undef, undef, undef, 0.002;
} until -e $file;
print "$n calls answered\n";
