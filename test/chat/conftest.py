"""A room for the tests of chat."""

import pytest

from support.chat import start_live
from support.school import create_class


@pytest.fixture
def room(server, ada, ben):
    """That of a live class: Ada teaches, Ben studies."""
    return start_live(create_class(ada).join(ben))["room"]
