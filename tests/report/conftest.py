"""Run folders made by hand, file by file, as the contract says; no training needed."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

CLASS_NAMES = ["kedi", "köpek", "kuş", "<script>alert(1)</script>", "ağaç & çiçek"]


def _info(**changes: object) -> dict:
    info = {
        "format": 1,
        "kind": "training",
        "name": "deneme-koşusu",
        "created": "2026-03-01T10:20:30+00:00",
        "atolye": "0.1.0",
        "versions": {"python": "3.11.7", "keras": "3.15.1", "backend": "tensorflow"},
        "machine": {"cpu": "Any CPU @ 2.0 GHz", "cores": 2, "memory_gib": 15.6, "platform": "Linux-6"},
        "seed": 7,
        "precision": {"policy": "mixed_bfloat16", "reason": "1.9 times faster here"},
        "dataset": {
            "name": "hayvanlar",
            "kind": "image",
            "task": "classification",
            "hash": "0123456789abcdef",
            "num_examples": {"train": 1200, "validation": 300, "test": 300},
            "class_names": CLASS_NAMES,
            "input_shape": [32, 32, 3],
            "value_range": [0.0, 255.0],
            "provenance": "a folder of photographs",
            "excluded": [["kedi/bozuk.jpg", "truncated file"], ["kuş/<b>.png", "0 bytes"]],
        },
        "model": {"name": "cnn", "parameters": 51264, "trainable_parameters": 51000},
        "seconds": {"data": 1.5, "train": 95.2, "evaluate": 0.8, "total": 97.5},
        "epochs_run": 12,
        "best_epoch": 9,
    }
    return info | changes


def _history(epochs: int, metric: str) -> pd.DataFrame:
    step = np.arange(1, epochs + 1)
    gain = 1 - np.exp(-step / 4)
    return pd.DataFrame(
        {
            "epoch": step,
            "loss": 1.6 - 1.4 * gain,
            "val_loss": 1.5 - 1.0 * gain + 0.004 * np.maximum(0, step - 9) ** 2,
            metric: 0.2 + 0.78 * gain,
            f"val_{metric}": 0.25 + 0.62 * gain,
            "learning_rate": 1e-3 * 0.5 * (1 + np.cos(np.pi * step / epochs)),
            "seconds": np.full(epochs, 7.9),
        }
    )


def _classified(classes: int, examples: int, seed: int) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    frames = []
    for split in ("validation", "test"):
        targets = np.arange(examples) % classes
        logits = generator.normal(0, 1, (examples, classes))
        logits[np.arange(examples), targets] += 2.6
        scores = np.exp(2.0 * logits)
        probabilities = (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)
        frame = pd.DataFrame({"split": split, "id": [f"{split}/{row:04d}.jpg" for row in range(examples)]})
        frame["target"] = targets
        frame["prediction"] = probabilities.argmax(axis=1)
        frame["confidence"] = probabilities.max(axis=1)
        frames.append(frame.join(pd.DataFrame(probabilities, columns=[f"p_{index}" for index in range(classes)])))
    return pd.concat(frames, ignore_index=True)


def _write(path: Path, info: dict, history: pd.DataFrame, predictions: pd.DataFrame) -> Path:
    (path / "figures").mkdir(parents=True)
    (path / "run.json").write_text(json.dumps(info, ensure_ascii=False), encoding="utf-8")
    (path / "recipe.toml").write_text('data = "hayvanlar"\nepochs = 12\nwidths = [16, 32]\n', encoding="utf-8")
    history.to_csv(path / "history.csv", index=False)
    predictions.to_parquet(path / "predictions.parquet", index=False)
    return path


@pytest.fixture
def make_classification_run(tmp_path: Path) -> Callable[..., Path]:
    """Write a classification run; the classes' names, the counts and the info can be changed."""

    def make(class_names: list[str] = CLASS_NAMES, examples: int = 300, name: str = "run", **changes: object) -> Path:
        from atolye.evaluate import metrics

        predictions = _classified(len(class_names), examples, seed=1)
        info = _info(**changes)
        counts = {label: 1000 // (index + 1) for index, label in enumerate(class_names)}
        info["dataset"] = info["dataset"] | {
            "class_names": class_names,
            "class_counts": {"train": counts, "validation": counts, "test": counts},
        }
        columns = [f"p_{index}" for index in range(len(class_names))]
        info["metrics"] = {
            str(split): metrics(part["target"], part[columns].to_numpy())
            for split, part in predictions.groupby("split", sort=False)
        }
        path = _write(tmp_path / name, info, _history(12, "accuracy"), predictions)
        pixels = np.random.default_rng(0).integers(0, 255, (120, 400, 3), dtype=np.uint8)
        for picture in ("samples", "mistakes"):
            Image.fromarray(pixels).save(path / f"figures/{picture}.png")
        return path

    return make


@pytest.fixture
def classification_run(make_classification_run: Callable[..., Path]) -> Path:
    """A five-class image run with awkward class names."""
    return make_classification_run()


@pytest.fixture
def regression_run(tmp_path: Path) -> Path:
    """A run on a table with a number as the target."""
    from atolye.evaluate import regression_metrics

    generator = np.random.default_rng(4)
    frames = []
    for split in ("validation", "test"):
        target = generator.normal(50, 12, 250)
        guess = target + generator.normal(0, 3, 250)
        ids = [f"row {row}" for row in range(250)]
        frames.append(pd.DataFrame({"split": split, "id": ids, "target": target, "prediction": guess}))
    predictions = pd.concat(frames, ignore_index=True)
    predictions["confidence"] = np.nan
    info = _info(name="konut-fiyatı")
    info["dataset"] = info["dataset"] | {
        "name": "konut",
        "kind": "table",
        "task": "regression",
        "class_names": [],
        "class_counts": {},
        "input_shape": [3],
        "value_range": None,
        "columns": {"oda": "numeric", "semt": "categorical", "yaş": "numeric"},
        "excluded": [],
    }
    info["metrics"] = {
        str(split): regression_metrics(part["target"], part["prediction"])
        for split, part in predictions.groupby("split", sort=False)
    }
    return _write(tmp_path / "regression", info, _history(12, "mae"), predictions)
