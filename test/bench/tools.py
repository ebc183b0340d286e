"""The terminal tools: how long a person, or a script, waits for them.  Beside curl, where it is installed."""

import os
import shutil
import statistics
import subprocess
import time

TIMES = 60


def elapsed(command, env):
    began = time.perf_counter()
    subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - began) * 1000


def run(record, programs, server, school):
    token, class_id = school.teacher.token, school.post_class
    url = f"http://127.0.0.1:{server.port}"
    env = {**os.environ, "MC_SERVER": url, "MC_TOKEN": token}
    tool = os.path.join(programs, "mc-post")
    contestants = {
        "mc-post --help": [tool, "--help"],
        "mc-post, one post": [tool, str(class_id), "Page 12, exercises 1 to 4."],
        "mc-post --list": [tool, "--list", str(class_id)],
        "/bin/true": ["/bin/true"],
    }
    if shutil.which("curl"):
        contestants["curl, one post"] = ["curl", "-sf", "-o", "/dev/null", "-H", f"Authorization: Bearer {token}",
            "-H", "Accept: application/json", "-d", "body=Page 12, exercises 1 to 4.", f"{url}/classes/{class_id}/posts"]
    times = {name: [] for name in contestants}
    for turn in range(TIMES + 3):
        for name, command in contestants.items():
            took = elapsed(command, env)
            if turn >= 3:
                times[name].append(took)
    record.say()
    record.say(f"tools, ms from start to end, {TIMES} times each{'':6}{'median':>10}{'p90':>9}")
    for name, all_of in times.items():
        record.say(f"  {name:48}{statistics.median(all_of):10.1f}{sorted(all_of)[int(TIMES * 0.9)]:9.1f}")
    for name, aim in (("mc-post --help", 10), ("mc-post, one post", 50)):
        ours = statistics.median(times[name])
        record.verdict(f"{name}: ms", ours, None, ours, f"<= {aim}", ours <= aim)
