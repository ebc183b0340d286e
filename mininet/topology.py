"""The network as data: who is where, and what the links carry.

                       s1 ── db, front                     the root switch
              ┌────────┴─────────┐
              s2 ── web1, chat1  s3 ── web2, chat2         one level below
           ┌──┴──┐            ┌──┴──┐
           s4    s5           s6    s7                     clients at the leaves
"""

from dataclasses import dataclass

SUBNET = "10.0.0.%d"
PREFIX = 24
OBSERVER = SUBNET % 254  # whoever runs the experiments, at the root switch
LEAVES = ("s4", "s5", "s6", "s7")
SWITCHES = ("s1", "s2", "s3", *LEAVES)

# The addresses of docs/examples/haproxy.cfg.
PROGRAM_HOSTS = {
    "db": (SUBNET % 2, "s1"),
    "front": (SUBNET % 5, "s1"),
    "web1": (SUBNET % 11, "s2"),
    "chat1": (SUBNET % 21, "s2"),
    "web2": (SUBNET % 12, "s3"),
    "chat2": (SUBNET % 22, "s3"),
}
FIRST_CLIENT = 101


@dataclass(frozen=True)
class Link:
    """From a switch to what hangs on it."""
    switch: str
    below: str
    mbit: float
    delay_ms: float = 0
    loss_percent: float = 0


@dataclass(frozen=True)
class Topology:
    hosts: dict  # name: address
    links: tuple
    clients: tuple  # names, leaf by leaf
    leaf_of: dict  # client: switch

    def link(self, below):
        """The one by which a host or a switch hangs on the tree."""
        return next(each for each in self.links if each.below == below)


def tree(clients_a_leaf):
    hosts = {name: address for name, (address, _) in PROGRAM_HOSTS.items()}
    links = [Link("s1", "s2", 1000, 0.5), Link("s1", "s3", 1000, 0.5)]
    links += [Link("s2" if leaf in LEAVES[:2] else "s3", leaf, 100, 1) for leaf in LEAVES]
    links += [Link(switch, name, 1000) for name, (_, switch) in PROGRAM_HOSTS.items()]
    leaf_of = {}
    for n in range(clients_a_leaf * len(LEAVES)):
        name, leaf = f"c{n + 1}", LEAVES[n // clients_a_leaf]
        hosts[name] = SUBNET % (FIRST_CLIENT + n)
        leaf_of[name] = leaf
        # A classroom's wireless: slower, and not the quickest.
        links.append(Link(leaf, name, 20, 2))
    return Topology(hosts, tuple(links), tuple(leaf_of), leaf_of)
