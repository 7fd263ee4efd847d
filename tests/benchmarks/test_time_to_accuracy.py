"""The tables of the speedruns, from records made up here, and what the command refuses."""

import json
import sys
from pathlib import Path

import pytest


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    import time_to_accuracy

    return time_to_accuracy


def record(cpu, seed=0, **figures):
    return {"machine": {"cpu": cpu, "instructions": ["avx2"]}, "seed": seed, "figures": figures}


def test_a_seed_counts_once_for_accuracy_and_on_each_processor_for_seconds(benchmark):
    keras = record("slow", accuracy=0.8, seconds=1000.0, epochs=20, reached=0.0)
    recipe = [
        record("slow", 0, accuracy=0.85, seconds=100.0),
        record("slow", 1, accuracy=0.87, seconds=102.0),
        record("fast", 1, accuracy=0.87, seconds=50.0),
    ]
    records = {"85": recipe, "keras": [keras], "our-layers": [record("slow", seconds=90.0, epochs=3)]}
    assert benchmark.accuracy_table(records)[2:] == [
        "| 85 | 2 | 86.00 ± 1.41 |  |",
        "| keras, goal not reached | 1 | 80.00 |  |",
    ]
    assert benchmark.time_table(records)[2:] == [
        "| fast, avx2 | 85 | 1 | 50 |  |  |  |  |",
        "| slow, avx2 | 85 | 2 | 101 ± 1 |  |  |  | > 9.9 times as long |",
        "| slow, avx2 | keras | 1 | 1000 | 50 |  |  |  |",
        "| slow, avx2 | our-layers | 1 | 90 | 30 |  |  |  |",
    ]


def test_of_one_model_a_machine_that_hides_instructions_is_another(benchmark):
    records = [record("cpu", seconds=100.0), record("cpu", seconds=50.0)]
    records[1]["machine"]["instructions"] = ["avx2", "avx512f", "avx512_bf16", "amx_bf16"]
    assert benchmark.time_table({"85": records})[2:] == [
        "| cpu, amx_bf16 | 85 | 1 | 50 |  |  |  |  |",
        "| cpu, avx2 | 85 | 1 | 100 |  |  |  |  |",
    ]


def test_a_record_of_an_earlier_recipe_is_left_out(benchmark, tmp_path, monkeypatch):
    monkeypatch.setattr(benchmark, "RESULTS", tmp_path)
    now = benchmark.as_kept("85", 0)
    for number, settings in enumerate((now, now | {"epochs": 99})):
        kept = {"variant": "85", "seed": 0, "policy": "float32", "settings": settings, "figures": {"seconds": number}}
        (tmp_path / "cpu").mkdir(exist_ok=True)
        (tmp_path / "cpu" / f"{number}.json").write_text(json.dumps(kept))
    found = benchmark.kept()
    assert {name: [row["figures"]["seconds"] for row in rows] for name, rows in found.items()} == {"85, float32": [0]}


def test_a_seed_in_float32_does_not_stand_for_one_in_bfloat16(benchmark, tmp_path, monkeypatch):
    monkeypatch.setattr(benchmark, "RESULTS", tmp_path)
    for variant in ("published", "float32"):
        for number, policy in enumerate(("mixed_bfloat16", "float32")):
            kept = {"variant": variant, "seed": 0, "policy": policy, "settings": benchmark.as_kept(variant, 0)}
            (tmp_path / f"cpu{number}").mkdir(exist_ok=True)
            (tmp_path / f"cpu{number}" / f"{variant}-0.json").write_text(json.dumps(kept | {"figures": {}}))
    assert {name: len(rows) for name, rows in benchmark.kept().items()} == {
        "float32": 2,
        "published": 1,
        "published, float32": 1,
    }


@pytest.mark.parametrize("words", [("foo", "0"), ("85", "x"), ("91", "0")])
def test_a_run_that_there_is_not(benchmark, monkeypatch, capsys, words):
    monkeypatch.setattr(sys, "argv", ["time_to_accuracy.py", "--run", *words])
    with pytest.raises(SystemExit):
        benchmark.main()
    expected = f"--run: received {' '.join(words)}; expected one of 85, 90, 93, keras, our-layers, keras-norm, float32"
    assert expected in capsys.readouterr().err
