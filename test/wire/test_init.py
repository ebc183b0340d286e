"""mc-admin init: a server without a classroom, as an operator with more or fewer rights sees it."""

import os
import subprocess

import pytest
import psycopg2

from support.admin import admin
from support.process import clean_environment, program
from support.school import unique


@pytest.fixture
def names(cluster):
    """A database and a role that are not there; they are gone afterwards, too."""
    made = [unique("school").lower() + ' "x"', unique("porter").lower() + " 'y'"]
    yield made
    with cluster.query() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS {_quote(made[0])}')
        cursor.execute(f'DROP ROLE IF EXISTS {_quote(made[1])}')


def _quote(name):
    return '"' + name.replace('"', '""') + '"'


def _init(cluster, names, *words, role="superuser"):
    return admin(cluster, "init", "--database", names[0], "--role", names[1], *words, role=role)


def _ask(cluster, database, question, user="postgres"):
    connection = psycopg2.connect(cluster.url("superuser"), dbname=database, user=user)
    try:
        with connection.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchall()
    finally:
        connection.close()


def test_the_first_time_all_is_made_and_each_step_said(cluster, names):
    ran = _init(cluster, names)
    assert ran.returncode == 0 and ran.stderr == ""
    first, second, *steps, last = ran.stdout.splitlines()
    assert first == f"database {names[0]}: made"
    assert second == f"role {names[1]}: made, a member of mc_server"
    assert steps[0] == "applying 0001_accounts" and last.startswith("schema is current: ")
    assert _ask(cluster, names[0], "SHOW server_encoding") == [("UTF8",)]
    # What the servers do, as the role that they log in as.
    assert _ask(cluster, names[0], "SELECT count(*) FROM mc.account", names[1]) == [(0,)]
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        _ask(cluster, names[0], "DROP TABLE mc.account", names[1])


def test_the_second_time_nothing_changes(cluster, names):
    assert _init(cluster, names).returncode == 0
    ran = _init(cluster, names)
    assert ran.returncode == 0 and ran.stderr == ""
    first, second, last = ran.stdout.splitlines()
    assert first == f"database {names[0]}: there"
    assert second == f"role {names[1]}: there, a member of mc_server"
    assert last.startswith("schema is current: 0 of ")


def test_a_role_that_is_there_becomes_a_member(cluster, names):
    with cluster.query() as cursor:
        cursor.execute(f"CREATE ROLE {_quote(names[1])} LOGIN")
    ran = _init(cluster, names)
    assert ran.returncode == 0
    assert f"role {names[1]}: there, now a member of mc_server" in ran.stdout


def test_who_may_not_make_the_role_is_sent_to_who_may(cluster, names):
    assert _init(cluster, names).returncode == 0
    other = unique("porter")
    ran = _init(cluster, [names[0], other], role="admin")
    assert ran.returncode == 5
    assert ran.stderr == (f"mc-admin: {other}: this database role may not make it;"
        " as user postgres it works\n")


def test_all_that_begin_at_once_succeed(cluster, names):
    command = [program("mc-admin"), "init", "--database", names[0], "--role", names[1]]
    started = [subprocess.Popen(command, env=clean_environment(MC_DB=cluster.url("superuser")),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    ended = [process.communicate(timeout=60) + (process.returncode,) for process in started]
    assert [(err, code) for _, err, code in ended] == [("", 0)] * 4
    assert sum("applying 0001" in out for out, _, _ in ended) == 1


def test_who_may_not_make_a_database_is_refused(cluster, names):
    ran = _init(cluster, names, role="server")
    assert (ran.returncode, ran.stdout) == (5, "")
    assert ran.stderr == (f"mc-admin: {names[0]}: this database role may not make it;"
        " as user postgres it works\n")


def test_no_superuser_is_needed(cluster, names):
    clerk = unique("clerk").lower()
    with cluster.query() as cursor:
        cursor.execute(f'CREATE ROLE "{clerk}" LOGIN CREATEDB CREATEROLE')
    url = cluster.url("superuser").replace("//postgres@", f"//{clerk}@")
    try:
        ran = admin(cluster, "init", "--db", url, "--database", names[0], "--role", names[1])
        assert ran.returncode == 0 and ran.stderr == ""
    finally:
        with cluster.query() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS {_quote(names[0])}')
            cursor.execute(f'DROP OWNED BY "{clerk}"; DROP ROLE "{clerk}"')


def test_the_database_is_the_one_that_db_names(cluster, names):
    name = unique("named").lower()
    url = cluster.url("superuser").replace("/miniclass?", f"/{name}?")
    try:
        ran = admin(cluster, "init", "--db", url, "--role", names[1])
        assert ran.returncode == 0 and ran.stdout.startswith(f"database {name}: made\n")
        assert admin(cluster, "health", "--db", url).returncode == 0
    finally:
        with cluster.query() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')


def test_another_encoding_is_refused(cluster, names):
    with cluster.query() as cursor:
        cursor.execute(f"CREATE DATABASE {_quote(names[0])} ENCODING latin1 LOCALE 'C'"
            " TEMPLATE template0")
    ran = _init(cluster, names)
    assert ran.returncode == 1 and "its encoding is not UTF-8" in ran.stderr


@pytest.mark.parametrize("option, name",
    [("--database", "x" * 64), ("--role", ""), ("--role", "ä" * 32)])
def test_what_cannot_be_a_name_is_wrong_usage(cluster, option, name):
    ran = admin(cluster, "init", option, name, role="superuser")
    assert ran.returncode == 2 and option in ran.stderr


def test_a_server_that_is_away_is_6(cluster, names):
    ran = admin(cluster, "init", "--db", f"host={os.devnull}")
    assert ran.returncode == 6
