"""A class day from many hosts, with the terminal tools."""

import concurrent.futures
import csv
import io
import time

from programs import wait_until
from seats import Room, Seat

NAMES = ("Ben", "Cem", "Dora", "Eva", "Finn", "Greta", "Hugo", "Ida", "Jan", "Kim", "Lea", "Max", "Nia", "Ole", "Pia",
    "Quin", "Rosa", "Sven", "Tom", "Uma", "Vera", "Willy", "Xenia", "Yara", "Zoe")


class Class:
    """Who is there, and the class that all of them are in."""

    def __init__(self, school, topology):
        # Two teachers, at different leaves; students everywhere else.
        hosts = list(topology.clients)
        self.leaf_of = topology.leaf_of
        self.ada = Seat(school, hosts.pop(0), "Ada")
        self.carl = Seat(school, hosts.pop(len(hosts) // 2), "Carl")
        self.students = [Seat(school, host, name) for host, name in zip(hosts, NAMES)]
        self.everybody = [self.ada, self.carl, *self.students]
        self.id = None

    def at(self, leaf):
        return [each for each in self.everybody if self.leaf_of[each.host] == leaf]


def at_once(calls):
    """All of them at the same time; their results in order, or the first failure."""
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        return [each.result() for each in [pool.submit(call) for call in calls]]


def _enrol(people, report):
    began = time.monotonic()
    at_once([each.sign_up for each in people.everybody])
    took = time.monotonic() - began
    people.id = str(people.ada.json("mc-class", "create", "Algebra", "-d", "Mondays at nine")["class"]["id"])
    code = people.ada.do("mc-class", "code", people.id).split("\t")[1]
    physics = people.carl.json("mc-class", "create", "Physics")["class"]["id"]
    at_once([lambda each=each: each.do("mc-class", "join", code) for each in people.students])
    report.expect("class day", f"{len(people.everybody)} people sign up at once, from as many hosts",
        f"in {took:.1f} s", True)
    status, _, _ = people.students[0].try_("mc-class", "show", str(physics))
    report.expect("class day", "the class of another teacher is not found", f"exit status {status}", status == 3)


def _post(people, report):
    ada, reader = people.ada, people.students[-1]
    ada.do("mc-post", people.id, "-t", "homework", "-t", "week-1", "Page **12**, exercises 1 to 4.")
    ada.do("mc-post", people.id, "-t", "notes", given="# Notes\n\n* light\n* sound\n")
    posts = reader.json("mc-post", "--list", people.id, "--tag", "homework")["posts"]
    report.expect("class day", "posts are found by tag from the farthest leaf", f"{len(posts)} of 2", len(posts) == 1)
    status, _, _ = reader.try_("mc-post", people.id, "I may not")
    report.expect("class day", "a student may not post", f"exit status {status}", status == 5)


def _live(people, report):
    ada, students = people.ada, people.students
    session = str(ada.json("mc-class", "live", "start", people.id, "Fractions")["session"]["id"])
    room = Room([people.id])
    seats = [ada, *students]
    try:
        for each in seats:
            room.enter(each)
        wait_for_all(people, session)
        for each in seats:
            room.write(each, f"Good morning from {each.name}")
        wait_until(lambda: all(len(each.messages) == len(seats) for each in room.heard.values()), 30,
            "everybody hears everybody")
        orders = {tuple(body for _, _, body in each.messages) for each in room.heard.values()}
        report.expect("class day", f"live class of {len(students)}: everybody hears everybody, in one order",
            f"{len(orders)} order(s) of {len(seats)} messages at {len(seats)} seats", len(orders) == 1)
        statuses = [room.leave(each) for each in seats]
        report.expect("class day", "all leave with exit status 0", f"{statuses.count(0)} of {len(seats)}",
            not any(statuses))
    finally:
        room.close()
    ada.do("mc-class", "live", "end", people.id)
    rows = list(csv.reader(io.StringIO(ada.do("mc-class", "attendance", people.id, "--session", session, "--csv"))))[1:]
    present = at_once([lambda each=each: each.do("mc-class", "attendance", people.id) for each in students])
    report.expect("class day", "attendance has every student, and each student their own",
        f"{len(rows)} rows; {sum(each.name in text for each, text in zip(students, present))} own",
        len(rows) == len(students))


def wait_for_all(people, session):
    """Until attendance has every student in the room."""
    def all_here():
        rows = people.ada.json("mc-class", "attendance", people.id, "--session", session)["attendance"]
        return sum(each["present"] for each in rows) == len(people.students)
    wait_until(all_here, 30, "all are in the room")


def _threads(people, report):
    ada, talkers, other = people.ada, people.students[:5], people.students[5 % len(people.students)]
    ada.do("mc-class", "discuss", people.id, "Homework")
    words = [people.id, "--discussion", "homework"]
    at_once([lambda each=each: each.do("mc-chat", *words, "--private", "--send", f"{each.name} did not understand 3.")
        for each in talkers])
    at_once([lambda each=each: ada.do("mc-chat", *words, "--with", each.name, "--send", f"Let us see, {each.name}.")
        for each in talkers])
    heard = at_once([lambda each=each: each.do("mc-chat", *words, "--private", "--history", "10", "--json")
        for each in (*talkers, other)])
    right = sum(text.count("\n") == 2 and text.count(each.name) >= 2 and not any(
        f"{another.name} did" in text for another in talkers if another is not each)
        for each, text in zip(talkers, heard))
    report.expect("class day", "private threads: each student sees their own, and nobody else's",
        f"{right} of {len(talkers)}; another student sees {heard[-1].count(chr(10))}",
        right == len(talkers) and heard[-1] == "")


def class_day(people, report):
    _enrol(people, report)
    _post(people, report)
    _live(people, report)
    _threads(people, report)
