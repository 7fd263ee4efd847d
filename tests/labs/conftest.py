"""What the labs' tests share."""

import pytest


class Recorder:
    """Stands in for a Page: keeps the numbers that a slide check or a notice is filled with."""

    def __init__(self):
        self.found = {}

    def slide_check(self, name, **values):
        self.found[name] = values

    notice = slide_check


@pytest.fixture
def page():
    """A page that keeps what it is told, by name."""
    return Recorder()
