"""Those who use pages instead of JSON."""

import pytest

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
