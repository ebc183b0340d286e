# caller.pl - asks 127.0.0.1:PORT for /healthz, a connection each time, until FILE is there.  Fails if one of them was
# refused, or not answered with 200 within 30 s.  mc-chatd, when it ends, also ends who has not said anything yet, and
# its clients come back: with COMES_BACK that is done here too, and counted.
use strict;
use IO::Socket::INET;

my ($port, $file, $comes_back) = @ARGV;
my ($n, $ended) = (0, 0);
do {
	local $SIG{ALRM} = sub { die "port $port, call $n: no answer\n" };
	local $SIG{PIPE} = 'IGNORE';
	alarm 30;
	my $s = IO::Socket::INET->new("127.0.0.1:$port") or die "port $port, call $n: $@\n";
	print $s "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
	$s->flush;
	my $line = <$s>;
	if (defined $line || !$comes_back) {
		defined $line && $line =~ / 200 / or die "port $port, call $n: ", $line // "nothing", "\n";
		$n++;
	} else {
		$ended++;
	}
	select undef, undef, undef, 0.002;
} until -e $file && $n > 0;
print "port $port: $n calls answered, $ended ended\n";
