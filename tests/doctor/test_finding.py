"""A finding is one line: cause, effect, fix."""

from atolye.doctor import Finding


def test_message():
    finding = Finding("Received 1", "2 was meant", "Write 2")
    assert finding.message == "Received 1; 2 was meant. Write 2."
    assert finding.level == "error"
