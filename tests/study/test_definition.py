"""What a study is made of: read, checked, told apart."""

import functools
from pathlib import Path

import numpy as np
import pytest

from atolye.study import Study
from atolye.study.definition import (
    as_json,
    check_baseline,
    check_seeds,
    check_variants,
    fingerprint,
    folder_name,
    read_definition,
    recipe_settings,
)

GOOD = 'seeds = [0]\n[base]\ndata = "digits"\n[variants.a]\n[variants.b]\nepochs = 2\n'


def test_a_file_is_read(tmp_path):
    path = tmp_path / "width.toml"
    path.write_text(GOOD)
    assert read_definition(path, epochs=5) == {
        "name": "width",
        "seeds": [0],
        "base": {"data": "digits", "epochs": 5},
        "variants": {"a": {}, "b": {"epochs": 2}},
    }


def test_the_example_in_the_docs_is_a_study():
    study = Study.from_toml(Path(__file__).parents[2] / "docs" / "how-to" / "study.toml")
    assert (study.name, study.baseline, study.metric, len(study.trials)) == ("width", "plain", "val_auc", 15)
    assert study.path == Path("runs/width")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "[variants.a]\n", "study.toml is not TOML: .*Two variants cannot have one name"),
        ("[variants]\na = {}\na = {}\n" + GOOD, "study.toml is not TOML: .*Two variants cannot have one name"),
        ("variants = {a = {}, a = {}}\n" + GOOD, "study.toml is not TOML: .*Two variants cannot have one name"),
        ("seeds = [0\n" + GOOD, r"study.toml is not TOML: .*line 2, column 1\).$"),
        ("seed = [0]\n" + GOOD, "unknown key 'seed'. Did you mean 'seeds'?"),
        ("seeds = [0]\n[variants.a]\n", "'base' is missing or no table"),
        ("seeds = 3\n[base]\n[variants.a]\n", "'seeds' is missing or no list"),
    ],
)
def test_a_file_with_a_mistake_is_refused(tmp_path, text, message):
    path = tmp_path / "study.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_definition(path)
    with pytest.raises(FileNotFoundError, match="no study at"):
        read_definition(tmp_path / "absent.toml")


@pytest.mark.parametrize(
    ("variants", "message"),
    [
        ({}, "the study has no variants"),
        ([("a", {}), ("a", {"x": 1})], "two variants are named 'a'. Rename one"),
        ({"a b": {}, "A_b": {}}, "variants 'a b' and 'A_b' would share the folder 'a_b'"),
        ({"a": 3}, "variant 'a' must be a table of settings; received 3"),
    ],
)
def test_variants(variants, message):
    with pytest.raises(ValueError, match=message):
        check_variants(variants)
    assert check_variants([("a", {"x": 1}), ("b", {})]) == {"a": {"x": 1}, "b": {}}


@pytest.mark.parametrize(
    ("seeds", "message"),
    [
        ([], "the study has no seeds. Give one or more, such as"),
        ([0, 1, 0], "seed 0 comes twice"),
        ([-1], "seeds must be whole numbers from 0 to 2147483647; received -1"),
        ([True], "received True"),
        ([0.5], r"received 0\.5"),
    ],
)
def test_seeds(seeds, message):
    with pytest.raises(ValueError, match=message):
        check_seeds(seeds)
    assert check_seeds(range(3)) == (0, 1, 2)


def test_baseline():
    assert check_baseline(None, {"a": {}, "b": {}}) == "a"
    assert check_baseline("b", {"a": {}, "b": {}}) == "b"
    with pytest.raises(
        ValueError, match="the baseline 'plan' is no variant. Did you mean 'plain'. Variants: plain, b."
    ):
        check_baseline("plan", {"plain": {}, "b": {}})


def test_recipe_keys():
    made = recipe_settings("wide", {"data": "digits", "epochs": 2}, {"widths": [64], "epochs": 3})
    assert (made["epochs"], made["widths"], "seed" in made) == (3, [64], False)
    with pytest.raises(ValueError, match="variant 'wide': unknown recipe key 'epoch'. Did you mean 'epochs'?"):
        recipe_settings("wide", {"data": "digits"}, {"epoch": 3})
    with pytest.raises(ValueError, match="seeds are set by 'seeds', not by the recipe key 'seed'"):
        recipe_settings("wide", {"data": "digits"}, {"seed": 3})


def test_folder_names():
    assert [folder_name(name) for name in ("3x3", "küçük ağ", ".hidden", "a/../b")] == [
        "3x3",
        "küçük_ağ",
        "_.hidden",
        "a_.._b",
    ]


def test_functions_are_told_apart_by_their_source():
    def one(settings, seed):
        return {"x": 1}

    def other(settings, seed, shift=0):
        return {"x": 1}

    assert fingerprint(None) is None
    assert fingerprint(one) == fingerprint(one) != fingerprint(other)
    assert fingerprint(functools.partial(other, shift=1)) != fingerprint(functools.partial(other, shift=2))


def test_settings_are_kept_as_json():
    assert as_json({"a": (1, 2), "b": np.float32(0.5), "c": len, "d": np.arange(2)}) == {
        "a": [1, 2],
        "b": 0.5,
        "c": "builtins.len",
        "d": [0, 1],
    }
    assert as_json(np.zeros(200)) != as_json(np.ones(200))
    with pytest.raises(ValueError, match="settings must be numbers, texts.* received object"):
        as_json({"a": object()})
