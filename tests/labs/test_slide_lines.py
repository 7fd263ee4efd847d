import warnings

import keras

from atolye.labs.slide_lines import error_of, try_slide_lines


def test_error_of_tells_errors_and_warnings_and_nothing():
    assert error_of(lambda: {}["a"]) == "KeyError: 'a'"
    assert error_of(lambda: warnings.warn("careful", stacklevel=1)) == "UserWarning: careful"
    assert error_of(lambda: None) == ""


def test_lines_are_tried_in_the_given_namespaces():
    frame = try_slide_lines({"Adam(lr=1e-3)": "Adam(1e-3)", "Adam(1e-3)": "Adam(1e-3)"}, vars(keras.optimizers))
    assert frame["error"][0].startswith("ValueError: Argument(s) not recognized: {'lr': 0.001}")
    assert frame["error"][1] == ""
    assert list(frame.columns) == ["slide", "error", "right"]
