"""mc-admin as an operator runs it."""

import json
import subprocess

from support.process import clean_environment, program, secrets


def admin(cluster, *words, role="admin", **environment):
    """Whatever comes of it, with status and texts."""
    return subprocess.run([program("mc-admin"), *words], capture_output=True, text=True, timeout=60,
        env=clean_environment(MC_DB=cluster.url(role), **environment))


def done(cluster, *words, **options):
    """What it printed; it must succeed and complain of nothing."""
    ran = admin(cluster, *words, **options)
    assert ran.returncode == 0 and ran.stderr == "", (words, ran.returncode, ran.stderr)
    return ran.stdout


def answer(cluster, *words):
    """The JSON object that it printed."""
    return json.loads(done(cluster, *words, "--json"))


def rows(cluster, *words):
    """The cells of each line."""
    return [line.split("\t") for line in done(cluster, *words).splitlines()]


def code_for(cluster, email, *options):
    code = done(cluster, "users", "reset", email, *options).strip()
    secrets.add(code)
    return code
