"""The tables of the speedruns, from records made up here."""

import json
from pathlib import Path

import pytest


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    import time_to_accuracy

    return time_to_accuracy


def record(cpu, seed=0, **figures):
    return {"machine": {"cpu": cpu}, "seed": seed, "figures": figures}


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
        "| fast | 85 | 1 | 50 |  |  |  |  |",
        "| slow | 85 | 2 | 101 ± 1 |  |  |  | > 9.9 times as long |",
        "| slow | keras | 1 | 1000 | 50 |  |  |  |",
        "| slow | our-layers | 1 | 90 | 30 |  |  |  |",
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
