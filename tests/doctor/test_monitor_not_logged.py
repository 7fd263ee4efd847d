"""Names that no number will have."""

import pytest

from atolye.doctor import monitor_not_logged

NAMES = ["loss", "accuracy", "learning_rate"]


@pytest.mark.parametrize("monitor", ["loss", "val_loss", "val_accuracy", "learning_rate"])
def test_fine(monitor):
    assert monitor_not_logged(monitor, NAMES, validation=True) is None


@pytest.mark.parametrize("other_callbacks", [False, True])
def test_short_name_is_an_error(other_callbacks):
    finding = monitor_not_logged("val_acc", NAMES, validation=True, other_callbacks=other_callbacks)
    assert finding.level == "error"
    assert finding.message == (
        "Received monitor 'val_acc'; nothing of that name is logged. Use one of loss, accuracy, learning_rate, "
        "val_loss, val_accuracy. Did you mean 'val_accuracy'?"
    )


def test_no_validation_data():
    finding = monitor_not_logged("val_loss", NAMES, validation=False)
    assert finding.cause == "Received monitor 'val_loss' without validation data"
    assert finding.fix == "Give validation data, or use 'loss'"


def test_name_that_another_callback_may_log():
    assert monitor_not_logged("my_score", NAMES, validation=True, other_callbacks=True).level == "warning"
    assert monitor_not_logged("my_score", NAMES, validation=True).level == "error"
