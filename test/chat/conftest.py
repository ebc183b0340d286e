"""What the tests of chat begin with."""

import pytest

from support.chat import start_live
from support.school import create_class


@pytest.fixture
def live(server, ada, ben):
    """A class, which Ada teaches and Ben is in, and the room of its live class."""
    classroom = create_class(ada).join(ben)
    return classroom, start_live(classroom)["room"]


@pytest.fixture
def room(live):
    return live[1]


@pytest.fixture
def daemons(chatd, second_chatd):
    """Two on one database."""
    return chatd, second_chatd
