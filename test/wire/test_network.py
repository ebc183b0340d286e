"""A class day and its accidents across switches and links: mininet/, in brief and on plain network namespaces."""

import json
import os
import subprocess

import pytest

from support.process import BUILD, ROOT, SANITIZED

CANNOT = 77  # mininet/run.sh: not root, or no namespaces here


@pytest.mark.skipif(bool(SANITIZED), reason="many hosts on few processors are slow enough without a sanitizer")
def test_a_class_day_and_its_accidents_lose_nothing_on_a_network(workplace):
    out = os.path.join(workplace, "network")
    done = subprocess.run(["sh", os.path.join(ROOT, "mininet/run.sh"), "--namespaces", "--brief", "--build",
        os.path.abspath(BUILD), "--out", out], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True)
    if done.returncode == CANNOT:
        pytest.skip(done.stdout.strip())
    with open(os.path.join(out, "results.json")) as file:
        checks = json.load(file)["checks"]
    # How long something took is for `make mininet`: a busy machine is slow.
    bad = [each for each in checks if not each["good"] and not each["of_time"]]
    assert len(checks) > 40 and not bad, f"{bad}\n{done.stdout}"
