"""Words for errors."""

from atolye.errors import MissingExtraError, did_you_mean, nearest


def test_the_nearest_word_is_found():
    assert nearest("batchsize", ["epochs", "batch_size"]) == "batch_size"
    assert nearest("zzz", ["epochs", "batch_size"]) is None
    assert did_you_mean("epoch", ["epochs"]) == " Did you mean 'epochs'?"
    assert did_you_mean("zzz", ["epochs"]) == ""


def test_a_missing_extra_names_the_command():
    assert (
        str(MissingExtraError("shap", "shap")) == "'shap' is not installed. Install it with: pip install 'atolye[shap]'"
    )
