"""The table of routes, as mc-server's own says it (test/tools/routes.c)."""

import functools
import os
import subprocess
from collections import namedtuple

import pytest

from support import process

Route = namedtuple("Route", "name method path who")


@functools.lru_cache(maxsize=None)
def _table():
    program = os.path.join(process.BUILD, "test", "tools", "routes")
    if not os.access(program, os.X_OK):
        pytest.exit(f"{program} is missing: make test-programs first, or set MC_BUILD", 2)
    lines = subprocess.run([program], env=process.clean_environment(), check=True, text=True,
        stdout=subprocess.PIPE).stdout.splitlines()
    return [Route(*line.split("\t")) for line in lines]


def routes_below(path):
    found = [route for route in _table() if (route.path + "/").startswith(path + "/")]
    assert found, path
    return found
