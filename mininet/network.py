"""The tree of topology.py in this kernel: by Mininet, or by plain network namespaces.

Whoever imports this runs in namespaces of its own (run.sh): what is left of it ends with them.  A link is cut
or narrowed at the switch, so that a host behind it notices nothing but silence.
"""

import contextlib
import subprocess

from topology import OBSERVER, PREFIX


class Failed(Exception):
    """The network cannot be built; the words say why."""


def run(*argv):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"{' '.join(argv)}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def kernel_has(qdisc):
    """Whether `tc` can make it here: only trying tells."""
    run("ip", "link", "add", "mc-try", "type", "bridge")
    try:
        run("tc", "qdisc", "add", "dev", "mc-try", "root", *qdisc.split())
    except Failed:
        return False
    else:
        return True
    finally:
        run("ip", "link", "del", "mc-try")


class Network:
    """What both ways of building have in common.  `ports`: of each link its switch's interface, and the other
    end's interface with the host that it is in (None: a switch's)."""

    def __init__(self, topology):
        self.topology = topology
        self.ports = {}
        self.has_rates = kernel_has("tbf rate 1mbit burst 16kb latency 50ms")
        self.has_netem = kernel_has("netem delay 1ms")

    def start(self):
        run("ip", "link", "set", "lo", "up")
        self.build()
        run("ip", "address", "add", f"{OBSERVER}/{PREFIX}", "dev", "s1")
        for link in self.topology.links:
            self.restore(link)

    def inside(self, host):
        """What stands in front of a command that is to run on that host."""
        return ["nsenter", f"--net=/proc/{self.pid_of(host)}/ns/net", "--"]

    def popen(self, host, argv, **options):
        # Of its own session: Ctrl-C is for who runs the experiments, not for the school.
        return subprocess.Popen([*self.inside(host), *argv], start_new_session=True, **options)

    def cut(self, link):
        run("ip", "link", "set", self.ports[link][0], "down")

    def mend(self, link):
        run("ip", "link", "set", self.ports[link][0], "up")

    def shape(self, link, mbit, delay_ms=0, loss_percent=0):
        """Both directions; what the kernel has not is left out (see has_rates, has_netem)."""
        near, far, host = self.ports[link]
        for before, name in (([], near), (self.inside(host) if host else [], far)):
            with contextlib.suppress(Failed):  # nothing there before
                run(*before, "tc", "qdisc", "del", "dev", name, "root")
            if self.has_rates:
                burst = max(16, int(mbit * 1000 / 8 / 100))  # what goes out in a hundredth of a second
                run(*before, "tc", "qdisc", "add", "dev", name, "root", "handle", "1:", "tbf", "rate",
                    f"{int(mbit * 1000)}kbit", "burst", f"{burst}kb", "latency", "200ms")
            if self.has_netem and (delay_ms or loss_percent):
                parent = ["parent", "1:1"] if self.has_rates else ["root"]
                run(*before, "tc", "qdisc", "add", "dev", name, *parent, "handle", "10:", "netem", "delay",
                    f"{delay_ms}ms", "loss", f"{loss_percent}%")

    def restore(self, link):
        """As the topology has it."""
        self.shape(link, link.mbit, link.delay_ms, link.loss_percent)


class Namespaces(Network):
    """`ip` and nothing else."""

    name = "plain network namespaces"

    def __init__(self, topology):
        super().__init__(topology)
        self.holders = {}

    def pid_of(self, host):
        return self.holders[host].pid

    def build(self):
        for switch in {link.switch for link in self.topology.links}:
            run("ip", "link", "add", switch, "type", "bridge")
            run("ip", "link", "set", switch, "up")
        for host in self.topology.hosts:
            # It says that it is there: only then has it a network of its own.
            holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec sleep infinity"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
            self.holders[host] = holder
            holder.stdout.readline()
        for number, link in enumerate(self.topology.links):
            self._connect(number, link)

    def _connect(self, number, link):
        near, host = f"{link.switch}-p{number}", link.below if link.below in self.topology.hosts else None
        far = "eth0" if host else f"{link.below}-up"
        run("ip", "link", "add", near, "type", "veth", "peer", "name", far,
            *(["netns", str(self.pid_of(host))] if host else []))
        run("ip", "link", "set", near, "master", link.switch, "up")
        if host:
            run(*self.inside(host), "ip", "address", "add", f"{self.topology.hosts[host]}/{PREFIX}", "dev", far)
            run(*self.inside(host), "ip", "link", "set", "lo", "up")
            run(*self.inside(host), "ip", "link", "set", far, "up")
        else:
            run("ip", "link", "set", far, "master", link.below, "up")
        self.ports[link] = (near, far, host)

    def stop(self):
        for holder in self.holders.values():
            holder.kill()
            holder.wait()
            holder.stdout.close()


class MininetNetwork(Network):
    """Mininet's hosts and Linux bridges."""

    name = "Mininet"

    def __init__(self, topology):
        super().__init__(topology)
        try:
            from mininet.log import setLogLevel
            from mininet.net import Mininet
            from mininet.nodelib import LinuxBridge
        except ImportError as missing:
            raise Failed(f"Mininet is not installed ({missing}): apt-get install mininet bridge-utils") from missing
        # Its beginning would raise limits of the whole machine, which this tree does not need.
        Mininet.inited = True
        # It warns of packet filters on bridges; this network's are empty.
        setLogLevel("error")
        self.net = Mininet(switch=LinuxBridge, controller=None, autoSetMacs=True, build=False)

    def pid_of(self, host):
        return self.net[host].pid

    def build(self):
        for host, address in self.topology.hosts.items():
            self.net.addHost(host, ip=f"{address}/{PREFIX}")
        for switch in sorted({link.switch for link in self.topology.links}):
            self.net.addSwitch(switch)
        for link in self.topology.links:
            made = self.net.addLink(link.switch, link.below)
            host = link.below if link.below in self.topology.hosts else None
            self.ports[link] = (made.intf1.name, made.intf2.name, host)
        self.net.build()
        self.net.start()

    def stop(self):
        self.net.stop()
