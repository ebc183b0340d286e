"""Those who use pages instead of JSON; a lesson that is over."""

import pytest

from support.attendance import Lesson
from support.page import Visitor


@pytest.fixture
def teacher(server, ada):
    visitor = Visitor(server)
    visitor.log_in(ada)
    return visitor


@pytest.fixture
def student(server, ben):
    visitor = Visitor(server)
    visitor.log_in(ben)
    return visitor


@pytest.fixture
def lesson(server, cluster, algebra):
    return Lesson(cluster, algebra)
