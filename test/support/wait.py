"""Waiting for events, never for time."""

import time


def wait_until(claim, seconds=10, what=None):
    """Returns the first true value of claim(); fails when there was none in time."""
    deadline = time.monotonic() + seconds
    while True:
        value = claim()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what or claim.__name__}")
        time.sleep(0.005)
