"""A terminal: a program on a pseudo-terminal, and what a person would see of it."""

import termios
import time

import pexpect
import pyte

from support.process import clean_environment
from support.wait import PATIENCE


class Terminal:
    """`rows` x `columns` characters as xterm would show them."""

    def __init__(self, *command, rows=15, columns=60, **environment):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = self.unread = b""
        environment = clean_environment(**{"TERM": "xterm", "LANG": "C.UTF-8", "TZ": "UTC", **environment})
        self.process = pexpect.spawn(command[0], list(command[1:]), env=environment,
            dimensions=(rows, columns), timeout=PATIENCE)
        self.process.delaybeforesend = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.close(force=True)

    def _pump(self, seconds, most):
        """Shows up to `most` bytes of what the program wrote; False after its end."""
        if not self.unread:
            try:
                self.unread = self.process.read_nonblocking(1 << 16, seconds)
            except (pexpect.TIMEOUT, pexpect.EOF) as none:
                return isinstance(none, pexpect.TIMEOUT)
        data, self.unread = self.unread[:most], self.unread[most:]
        self.raw += data
        self.stream.feed(data)
        return True

    @property
    def rows(self):
        return [row.rstrip() for row in self.screen.display]

    @property
    def text(self):
        return "\n".join(self.rows)

    @property
    def cursor(self):
        return self.screen.cursor.y, self.screen.cursor.x

    def type(self, keys):
        self.process.send(keys)
        return self

    def until(self, claim, seconds=PATIENCE):
        """Reads until the screen has that text (or claim() is true); fails with the screen.

        Stops at the very byte: what is said of the screen afterwards, and not waited for, would hold
        or not as the kernel cuts the stream; so it never holds.  That something is not there means
        nothing before the end of the drawing is there: wait for that.
        """
        holds = claim if callable(claim) else lambda: claim in self.text
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end and self._pump(0.1, 1) or holds(), (
                f"{claim!r} is not on the screen:\n{self.text}")
        return self

    def resize(self, rows, columns):
        self.screen.resize(rows, columns)
        self.process.setwinsize(rows, columns)

    def end(self, seconds=PATIENCE):
        """Waits for the program's end; its exit status, or minus the signal."""
        deadline = time.monotonic() + seconds
        while self._pump(0.1, 1 << 16) and time.monotonic() < deadline:
            pass
        self.process.wait()
        if self.process.exitstatus is not None:
            return self.process.exitstatus
        return -self.process.signalstatus

    @property
    def is_cooked(self):
        """Lines are edited and shown by the terminal itself, as a shell leaves it."""
        flags = termios.tcgetattr(self.process.child_fd)[3]
        wanted = termios.ECHO | termios.ICANON | termios.ISIG
        return flags & wanted == wanted

    @property
    def is_left(self):
        """Everything that was switched on is off again: alternate screen, paste, focus, cursor."""
        def last(mode):
            return self.raw.rfind(b"\033[?%sh" % mode), self.raw.rfind(b"\033[?%sl" % mode)
        on_off = [last(mode) for mode in (b"1049", b"2004", b"1004")]
        shown, hidden = last(b"25")
        wraps, cut = last(b"7")
        return all(on < off for on, off in on_off) and shown > hidden and wraps > cut
