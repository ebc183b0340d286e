"""A class day and its accidents on a network: see README.md.  Started by run.sh, in namespaces of its own."""

import argparse
import functools
import os
import shutil
import signal
import sys
import time
from dataclasses import dataclass

import experiments
from day import Class, class_day
from network import Failed, MininetNetwork, Namespaces
from programs import School
from report import Report
from topology import tree


DIRECTORY = "/mnt"  # of these namespaces alone


@dataclass(frozen=True)
class Times:
    """Seconds, and how much of everything."""
    clients_a_leaf: int
    calm: float
    fault: float
    after: float
    reboot: float
    database: float
    silence: float
    latecomers: int


FULL = Times(clients_a_leaf=6, calm=4, fault=10, after=8, reboot=6, database=20, silence=15, latecomers=8)
BRIEF = Times(clients_a_leaf=2, calm=2, fault=4, after=6, reboot=3, database=8, silence=10, latecomers=3)


def everything(network, school, times, report):
    people = Class(school, network.topology)
    report.facts["network"] = f"{network.name}, {len(people.everybody)} client hosts, {len(network.topology.hosts)} in all"
    print(f"A class day of {len(people.everybody)} people", flush=True)
    class_day(people, report)
    lesson = experiments.Lesson(people, network)
    try:
        run = functools.partial(experiments.Experiment, lesson=lesson, report=report, school=school, times=times)
        experiments.all_of_them(run, network, report)
        lesson.end(report)
    finally:
        lesson.room.close()


def main():
    parser = argparse.ArgumentParser(prog="make mininet", description=__doc__.partition(":")[0])
    parser.add_argument("--namespaces", action="store_true", help="plain network namespaces in place of Mininet")
    parser.add_argument("--brief", action="store_true", help="fewer hosts, shorter times")
    parser.add_argument("--build", default="build", help="where bin/ is")
    parser.add_argument("--record", action="store_true", help="write table and plot into docs/ too")
    parser.add_argument("--out", default="build/mininet", help="where results and logs go")
    options = parser.parse_args()
    times = BRIEF if options.brief else FULL

    def interrupt(*_):
        raise KeyboardInterrupt
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, interrupt)
    report, began = Report(), time.monotonic()
    network = school = None
    status = 1
    try:
        network = (Namespaces if options.namespaces else MininetNetwork)(tree(times.clients_a_leaf))
        network.start()
        school = School(network, DIRECTORY, options.build)
        school.start()
        everything(network, school, times, report)
        status = 0
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        status = 130
    except (Failed, AssertionError) as wrong:
        report.expect("all", "it runs to its end", str(wrong), False)
    finally:
        if school is not None:
            statuses = school.stop()
            if status == 0:
                report.expect("all", "every program stops with exit status 0",
                    " ".join(f"{host} {each}" for host, each in statuses.items()), not any(statuses.values()))
            os.makedirs(options.out, exist_ok=True)
            shutil.copytree(school.logs, os.path.join(options.out, "logs"), dirs_exist_ok=True)
        if network is not None:
            network.stop()
    if status == 130:
        return status
    kernel = ".".join(os.uname().release.split(".")[:2])
    report.facts["took"] = f"{time.monotonic() - began:.0f} s, on {os.cpu_count()} processors, Linux {kernel}"
    report.write(options.out)
    if options.record:
        report.record(options.out, "docs")
    print(report.summary())
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main())
