#include "libminiclass/service/signal.h"

#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

int
mc_signal_open(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t wanted;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, SIGHUP);
	if (sigaction(SIGPIPE, &ignore, NULL) != 0 ||
		pthread_sigmask(SIG_BLOCK, &wanted, NULL) != 0)
		return -1;
	return signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC);
}

int
mc_signal_read(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}
