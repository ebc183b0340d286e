"""Waiting for events, never for time."""

import time

# Seconds until what does not come is told of.  No claim about speed: machines may be slow.
PATIENCE = 60


def wait_until(claim, what=None):
    """Returns the first true value of claim(); fails when there is none."""
    deadline = time.monotonic() + PATIENCE
    while True:
        value = claim()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {PATIENCE} s: {what or claim.__name__}")
        time.sleep(0.005)
