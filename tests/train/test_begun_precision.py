"""Which arithmetic a training goes on in. That it is used is tested with `fit` and with the stages of fine-tuning."""

import json

import numpy as np
import pytest

from atolye.train.begun_precision import begun_precision


def written(path, **content):
    np.savez(path, content=np.array(json.dumps(content)))
    return path


def test_what_was_kept(tmp_path):
    for policy in ("mixed_bfloat16", "float32"):
        found = begun_precision("auto", written(tmp_path / f"{policy}.npz", policy=policy))
        assert (found.policy, found.reason, found.ratio) == (policy, "as the training was begun", None)


def test_the_recipe_stays_where_it_says_which(tmp_path):
    assert begun_precision("float32", written(tmp_path / "state.npz", policy="mixed_bfloat16")) is None


def test_there_is_nothing_to_go_on_from(tmp_path):
    assert begun_precision("auto", None) is None
    assert begun_precision("auto", tmp_path / "absent.npz") is None


@pytest.mark.parametrize("content", [{}, {"policy": None}, {"policy": "float16"}])
def test_a_state_of_before_names_none(tmp_path, content):
    assert begun_precision("auto", written(tmp_path / "state.npz", **content)) is None


def test_a_damaged_file_is_for_others_to_tell(tmp_path):
    whole = written(tmp_path / "state.npz", policy="float32").read_bytes()
    for number, part in enumerate((b"damaged", b"PK no", whole[: len(whole) // 2])):
        path = tmp_path / f"{number}.npz"
        path.write_bytes(part)
        assert begun_precision("auto", path) is None
