"""Lab 2.2: data augmentation, from the pipeline that feeds it to what it is worth.

Question: which changes to the training images help, how strong may they be, and what do they cost?
Technique: a tf.data pipeline with each stage left out; flip, crop, rotation, zoom, brightness, contrast, cutout, MixUp
and CutMix; policies of rising severity and single techniques compared in studies over the same seeds and weights.
Papers: Shorten & Khoshgoftaar (2019); Zhang et al. (2018) arXiv:1710.09412; Yun et al. (2019) arXiv:1905.04899;
DeVries & Taylor (2017) arXiv:1708.04552; Jordan (2024) arXiv:2404.00498.
Run: atolye lab 2.2, or: python -m atolye.labs.hafta2_cumartesi.uygulama_02_data_augmentation [--quick | --full]
Expect: the bands below. benchmarks/labs.py measures the default: its figures, and its seconds.
"""

import atolye  # isort: skip  # noqa: F401  first, so that TensorFlow starts with oneDNN
import json
import math
import time
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import callbacks

from atolye.augment import (
    POLICIES,
    AlternatingFlip,
    Brightness,
    Contrast,
    CutMix,
    Cutout,
    MixUp,
    PadAndCrop,
    Policy,
    Rotation,
    Zoom,
    policy,
    predict_views,
)
from atolye.data import Dataset, Split, batches
from atolye.evaluate import metrics
from atolye.labs.drawing import draw_lines
from atolye.labs.hafta2_cumartesi import uygulama_02_slide_checks as slide_checks
from atolye.labs.hafta2_cumartesi.uygulama_02_pictures import draw_mixed, draw_techniques
from atolye.labs.lab_study import lab_study
from atolye.labs.local_images import load_images
from atolye.labs.options import parse_options
from atolye.labs.record import lab_info, print_summary
from atolye.labs.steps import Steps
from atolye.models import cnn
from atolye.report import Page
from atolye.study import draw_pareto
from atolye.train.callbacks import EpochSeconds
from atolye.train.create_variables import create_variables
from atolye.train.dtype_policy import dtype_policy
from atolye.train.precision import choose_precision
from atolye.train.same_start import same_weights, snapshot, start_over

BANDS: dict[str, dict[str, tuple[float, float]]] = {  # lowest and highest figure to expect
    "quick": {"label_gap": (0.0, 1e-6), "three_ways_gap": (0, 1), "validation_changes": (0, 0)},
    "default": {"label_gap": (0.0, 1e-6), "three_ways_gap": (0, 1), "validation_changes": (0, 0)},
    "default_small": {"label_gap": (0.0, 1e-6), "three_ways_gap": (0, 1)},  # on the drawn shapes
}
BANDS["default"] |= {"best_gain": (0.005, 0.15), "too_strong_loss": (0.01, 0.6), "test_accuracy": (0.5, 0.65)}
# shapes: drawn where CIFAR-10 is missing. images, epochs, seeds: of each network in a study; judged: validation images.
# piped, passes: images that run through the tf.data pipelines, and how often.
QUICK: dict[str, Any] = {
    "shapes": 700,
    "images": 160,
    "epochs": 1,
    "seeds": 2,
    "judged": 100,
    "piped": 128,
    "passes": 1,
}
DEFAULT: dict[str, Any] = {"shapes": 12_000, "images": 2500, "epochs": 9, "seeds": 3, "judged": 4000, "piped": 4096}
FULL: dict[str, Any] = {"shapes": 60_000, "images": 50_000, "epochs": 60, "seeds": 5, "judged": 5000, "piped": 20_000}
QUICK |= {"widths": (8, 16), "batch": 80}
DEFAULT |= {"passes": 3, "widths": (24, 48, 96), "batch": 80}
FULL |= {"passes": 3, "widths": (64, 128, 256), "batch": 128}
RATE = 3e-3  # of Adam
STEP = 0.01  # seconds that a training step of an accelerator would take, in the comparison of pipelines
SEVERITY = {name: {"steps": name} for name in POLICIES}
TECHNIQUES = {
    name: {"steps": name}
    for name in ("none", "flip", "crop", "rotation", "brightness + contrast", "cutout", "MixUp", "CutMix")
}
IN_QUICK = {"none", "light", "too_strong", "crop", "CutMix"}
SECONDS = 16  # of a trial, about

DONE: dict[str, dict[str, Any]] = {}  # figures and weights of this process's trials, by data, settings and seed


def technique(name: str, dataset: Dataset) -> Policy:
    """Return a variant of the studies: a policy by its name, or one technique."""
    known = {"value_range": dataset.value_range}
    single = {
        "flip": lambda: [AlternatingFlip(dataset.value_range)],
        "crop": lambda: [PadAndCrop(4)],
        "rotation": lambda: [Rotation(15)],
        "zoom": lambda: [Zoom(0.15)],
        "brightness + contrast": lambda: [Brightness(0.2, **known), Contrast(0.2, **known)],
        "cutout": lambda: [Cutout(0.5, **known)],
        "MixUp": lambda: [MixUp(dataset.num_classes, alpha=0.2)],
        "CutMix": lambda: [CutMix(dataset.num_classes, alpha=1.0)],
    }
    return Policy(single[name]()) if name in single else policy(name, dataset.input_shape, **known)


@cache  # a second seed or another variant is not traced again
def prepared(num_classes: int, widths: tuple[int, ...], dtype: str) -> tuple[keras.Model, list[np.ndarray]]:
    """Return the compiled network of the studies, and its state before training. Nothing in it regularises."""
    with dtype_policy(dtype):
        model = cnn((32, 32, 3), num_classes, widths=widths, dropout=0.0, l2=0.0)
    # One-hot labels for all, since MixUp and CutMix make soft ones.
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    create_variables(model, np.zeros((1, 32, 32, 3), "uint8"), np.eye(num_classes, dtype="float32")[:1])
    return model, snapshot(model.variables)


def answers(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Return the probabilities, (images, classes), without compiling anything."""
    pieces = np.array_split(np.asarray(images), -(-len(images) // 500))
    return np.concatenate([np.asarray(model(piece, training=False), "float32") for piece in pieces])


def trial_key(settings: dict[str, Any], seed: int, dataset: Dataset) -> str:
    """Return what tells a trial from all others in this process."""
    return json.dumps([dataset.content_hash, {**settings, "code": ""}, seed], sort_keys=True)


def train_one(settings: dict[str, Any], seed: int, *, dataset: Dataset) -> dict[str, Any]:
    """One trial of a study: train with a variant's augmentation, judge on untouched validation images."""
    key = trial_key(settings, seed, dataset)
    if key in DONE:  # both studies have the same baseline
        return DONE[key]["figures"]
    model, start = prepared(dataset.num_classes, tuple(settings["widths"]), settings["policy"])
    start_over(model, start, seed=seed)
    same_weights(model, seed)
    chosen, epochs = technique(settings["steps"], dataset), settings["epochs"]
    rows = np.eye(dataset.num_classes, dtype="float32")[dataset.train.targets]
    train = Split(dataset.train.inputs, rows, dataset.train.ids)
    log = model.fit(
        batches(train, settings["batch"], shuffle=True, seed=seed, augment=chosen if chosen.steps else None),
        epochs=epochs,
        shuffle=False,  # the batches come in an order of their own
        callbacks=[
            callbacks.LearningRateScheduler(lambda e: RATE * (1 + math.cos(math.pi * e / epochs)) / 2),
            EpochSeconds(),
        ],
        verbose=0,
    ).history
    right = answers(model, dataset.validation.inputs).argmax(axis=1) == dataset.validation.targets
    # On training images as they are: with mixed labels the accuracy of the history is another thing.
    known = answers(model, dataset.train.inputs[:1000]).argmax(axis=1) == dataset.train.targets[:1000]
    figures = {"val_accuracy": float(right.mean()), "train_accuracy": float(known.mean()), "loss": log["loss"][-1]}
    figures |= {"parameters": model.count_params(), "seconds": min(log["seconds"]) * epochs}  # tracing left out
    DONE[key] = {"figures": figures, "weights": model.get_weights()}
    return figures


def images_per_second(chosen: Policy, images: np.ndarray, labels: np.ndarray, *, rounds: int = 5) -> float:
    """Return how many images a second one thread augments: the best of some rounds."""
    random, best = np.random.default_rng(0), math.inf
    for _ in range(rounds):
        start = time.perf_counter()
        chosen.augment(images, labels, generator=random)
        best = min(best, time.perf_counter() - start)
    return len(images) / best


def pipelines(images: np.ndarray, labels: np.ndarray) -> dict[str, tf.data.Dataset]:
    """Return the slide's pipeline, decoding included, and the same with a stage left out or moved."""
    files = [tf.io.encode_png(image).numpy() for image in images]  # what a folder holds

    def decode(file: Any, label: Any) -> Any:
        return tf.ensure_shape(tf.io.decode_png(file, channels=3), images.shape[1:]), label

    def augment(image: Any, label: Any) -> Any:  # the slide's steps, in [0, 255] until the end
        image = tf.image.random_flip_left_right(image)
        image = tf.image.resize(tf.image.random_crop(image, (28, 28, 3)), (32, 32))
        image = tf.clip_by_value(tf.image.random_brightness(image, 0.2 * 255), 0.0, 255.0)
        return image, label

    def pipeline(*, cache=True, shuffle=True, parallel=True, prefetch=True, augmented=True) -> tf.data.Dataset:
        calls = tf.data.AUTOTUNE if parallel else None
        data = tf.data.Dataset.from_tensor_slices((files, labels)).map(decode, num_parallel_calls=calls)
        data = data.cache() if cache else data
        data = data.shuffle(5000, seed=0) if shuffle else data
        data = data.map(augment, num_parallel_calls=calls) if augmented else data
        data = data.batch(64)
        return data.prefetch(tf.data.AUTOTUNE) if prefetch else data

    split = Split(images, labels, np.arange(len(labels)).astype(str))
    whole = Policy([AlternatingFlip((0, 255)), PadAndCrop(0, size=28), Brightness(0.2, value_range=(0, 255))])
    left_out = {f"without {name}": pipeline(**{name: False}) for name in ("cache", "shuffle", "parallel", "prefetch")}
    return {
        "all stages": pipeline(),
        **left_out,
        "without augmentation": pipeline(augmented=False),
        "atolye.data.batches": batches(split, 64, shuffle=True, augment=whole),
    }


def speed(data: Any, passes: int, *, step: float) -> float:
    """Return images a second of passes after the first, with a step of `step` seconds after each batch."""
    best = math.inf
    for number in range(passes + 1):  # the first pass fills the cache
        start, count = time.perf_counter(), 0
        for images, _ in data:
            count += len(images)
            time.sleep(step)
        best = min(best, time.perf_counter() - start) if number else best
    return count / best


def shown(page: Page, name: str, table: pd.DataFrame, **values: Any) -> None:
    """Put a study's table on the page, and its accuracy over the cost of its augmentation."""
    columns = ["variant", "mean", "std", "low", "high", "gain", "gain_low", "gain_high", "p_value", "train_accuracy"]
    page.table(f"{name}_table", table.reset_index()[[*columns, "images_per_second", "seconds"]], **values)
    costly = table[table["microseconds"] > 0]
    page.figure(f"{name}_pareto", draw_pareto(costly, ["microseconds"], metric="val_accuracy"))


def main(*, quick=False, full=False, data_dir=None, seed=0, lang="tr", out=None) -> dict[str, Any]:
    """Run the lab, leave its page in `out`, and return its figures."""
    started, size = time.perf_counter(), dict(QUICK if quick else FULL if full else DEFAULT)
    page = Page(Path(out or "runs/lab-2.2"), texts=Path(__file__).with_suffix(".toml"), lang=lang)
    seeds = range(seed, seed + size["seeds"])
    kept = {
        "severity": {name: given for name, given in SEVERITY.items() if not quick or name in IN_QUICK},
        "techniques": {name: given for name, given in TECHNIQUES.items() if not quick or name in IN_QUICK},
    }
    shares: dict[str, float] = {"data": 4, "pipeline": 30, "pictures": 5}
    for name, variants in kept.items():
        shares |= {f"{name}, {left} left": SECONDS for left in range(len(variants) * len(seeds), -1, -1)}
    step = Steps("lab 2.2", shares)

    # --- Data -------------------------------------------------------------------------------------------------------
    step("data")
    everything = load_images(data_dir=data_dir, small=quick, num_shapes=size["shapes"])
    dataset = replace(
        everything.limit(size["images"], seed=seed), validation=everything.validation.take(slice(0, size["judged"]))
    )
    before = {name: part.inputs.copy() for name, part in dataset.splits.items() if name != "train"}
    precision = choose_precision("float32" if quick else "auto")
    told = {name: size[name] for name in ("images", "epochs", "seeds", "batch")}
    told["variants"] = len(kept["severity"].keys() | kept["techniques"].keys())
    told |= {"data": dataset.name, "judged": len(dataset.validation), "widths": str(size["widths"])}
    page.section("data", **told, policy=precision.policy, reason=precision.reason, test=len(dataset.test))

    # --- Technique: 1. The pipeline, with each stage left out -------------------------------------------------------
    step("pipeline")
    some = np.asarray(everything.train.inputs[: size["piped"]]), everything.train.targets[: size["piped"]]
    rows = []
    for name, data in pipelines(*some).items():
        alone, behind = (speed(data, size["passes"], step=pause) for pause in (0.0, STEP))
        rows.append({"variant": name, "alone": alone, "behind_a_step": behind})
    speeds = pd.DataFrame(rows).set_index("variant")
    page.section("pipeline", step=1000 * STEP, limit=64 / STEP)
    page.table("pipeline_table", speeds.reset_index(), piped=len(some[1]), step=1000 * STEP)
    ratio = {
        name: speeds.loc[f"without {name}", "behind_a_step"] / speeds.loc["all stages", "behind_a_step"]
        for name in ("cache", "prefetch", "parallel")
    }
    ratio["arrays"] = speeds.loc["atolye.data.batches", "alone"] / speeds.loc["all stages", "alone"]
    page.notice("pipeline_notice", **ratio)

    # --- 2. Every technique, drawn; three ways that give the same; what each costs ----------------------------------
    step("pictures")
    images, labels = np.asarray(everything.train.inputs[:256]), everything.train.targets[:256]
    names = [*TECHNIQUES, "zoom", *POLICIES[1:]]
    drawn = {"original": images[:10]}
    for name in names[1:]:
        changed, _ = technique(name, everything).augment(images, labels, generator=np.random.default_rng(seed + 1))
        drawn[name] = changed[:10]
    page.section("techniques_shown")
    page.figure("pictures", draw_techniques(drawn))
    costs, gap = {}, 0.0
    for name in names:
        chosen = technique(name, everything)
        costs[name] = images_per_second(chosen, images, labels)
        draws = np.random.default_rng(seed).random((64, 1 + chosen.num_draws), dtype=np.float32)
        arrays, _ = chosen.on_arrays(images[:64], labels[:64], draws, 0)
        tensors, _ = chosen.on_tensors(tf.constant(images[:64]), tf.constant(labels[:64]), tf.constant(draws), 0)
        gap = max(gap, float(np.abs(arrays.astype("float32") - np.asarray(tensors, "float32")).max()))
    page.section("three_ways")
    page.notice("three_ways_notice", tone="good", gap=gap, count=len(names))
    slide_checks.check_crop(page, images)
    slide_checks.check_brightness(page, images)
    slide_checks.check_clip(page, images)
    slide_checks.check_zoom(page)
    slide_checks.check_rotation(page)

    # --- 3. CutMix and MixUp: soft labels ---------------------------------------------------------------------------
    page.section("mixing")
    mixed = {}
    for name, kind in (("MixUp", MixUp(dataset.num_classes, alpha=1.0)), ("CutMix", CutMix(dataset.num_classes))):
        changed, soft = kind.augment(images, labels, generator=np.random.default_rng(seed))
        mixed[name] = (changed[:8], soft[:8])
    page.figure("mixed_pictures", draw_mixed(mixed, dataset.class_names))
    gaps = slide_checks.check_ratio(page)
    slide_checks.check_labels(page, images[:8], labels[:8])

    def compared(name: str) -> pd.DataFrame:
        """Run a study in the lab's own folder; started again, it does only what is missing."""
        study = lab_study(
            name,
            script=__file__,
            out=page.path,
            trial=partial(train_one, dataset=dataset),
            variants=kept[name],
            seeds=seeds,
            base={"policy": precision.policy, **{key: size[key] for key in ("epochs", "batch", "widths")}},
            metric="val_accuracy",
        )
        step(f"{name}, {len(study.trials)} left")
        table = study.run(finished=lambda trial, left: step(f"{name}, {left} left"), lang=lang)
        by_variant = study.results().groupby("variant")
        known = {"train_accuracy": by_variant["train_accuracy"].mean(), "images_per_second": pd.Series(costs)}
        table = table.assign(**{key: values.reindex(table.index) for key, values in known.items()})
        table.loc["none", "images_per_second"] = math.nan
        return table.assign(microseconds=1e6 / table["images_per_second"])

    # --- Train, evaluate: 4. Severity; 5. one technique at a time ---------------------------------------------------
    severity = compared("severity")
    page.section("severity", **told)
    shown(page, "severity", severity, **told)
    ends = {
        name: severity[key].tolist()
        for name, key in (("training accuracy", "train_accuracy"), ("validation accuracy", "mean"))
    }
    curve = draw_lines(ends, x_label="severity", y_label="accuracy")
    page.figure("severity_curve", curve, order=", ".join(map(str, severity.index)))
    best = str(severity["mean"].idxmax())
    top, worst = severity.loc[best], severity.loc["too_strong"]
    page.notice(
        "severity_notice" if top["gain_low"] > 0 else "severity_unproven",
        best=best,
        **top[["mean", "gain", "gain_low", "gain_high"]],
        too_strong=worst["mean"],
    )
    singles = compared("techniques")
    page.section("techniques", **told)
    shown(page, "techniques", singles, **told, comparisons=len(singles) - 1)
    ranked = singles["gain"].dropna().sort_values()
    page.notice(
        "techniques_notice",
        first=str(ranked.index[-1]),
        gain=ranked.iloc[-1],
        last=str(ranked.index[0]),
        loss=ranked.iloc[0],
    )

    # --- Evaluate: validation and test were never augmented; the test images, once ----------------------------------
    changes = sum(int(np.count_nonzero(part != dataset.splits[name].inputs)) for name, part in before.items())
    model, _ = prepared(dataset.num_classes, tuple(size["widths"]), precision.policy)
    chosen = {"steps": best, "policy": precision.policy, **{key: size[key] for key in ("epochs", "batch", "widths")}}
    train_one(chosen, seed, dataset=dataset)  # is there already, unless an earlier run of the lab did the studies
    model.set_weights(DONE[trial_key(chosen, seed, dataset)]["weights"])
    ask = partial(answers, model)
    plain, viewed = (predict_views(ask, np.asarray(dataset.test.inputs), views=views) for views in ("none", "flip"))
    test, seen_twice = (metrics(dataset.test.targets, found) for found in (plain, viewed))
    figures = {
        "test_accuracy": test["accuracy"],
        "test_accuracy_two_views": seen_twice["accuracy"],
        "best_gain": float(top["gain"]) if best != "none" else 0.0,
        "best_gain_low": float(top["gain_low"]) if best != "none" else 0.0,
        "too_strong_loss": float(top["mean"] - worst["mean"]),
        "none_accuracy": float(severity.loc["none", "mean"]),
        "best_accuracy": float(top["mean"]),
        "label_gap": gaps["ours"],
        "three_ways_gap": gap,
        "validation_changes": changes,
    }
    page.section("evaluate", best=best, test=len(dataset.test), **figures)
    page.headline("headline_best", figures["best_gain"], best=best, low=figures["best_gain_low"])
    page.headline("headline_too_strong", -figures["too_strong_loss"], best=best)
    page.headline("headline_test", test["accuracy"], best=best, two=seen_twice["accuracy"])
    page.headline("headline_speed", ratio["arrays"])

    # --- Notice -----------------------------------------------------------------------------------------------------
    page.section("notice", best=best, **figures, **ratio)
    page.section("try_this")
    mode = "quick" if quick else "full" if full else "default"
    info = lab_info("2.2", mode=mode, seed=seed, started=started, figures=figures, data=dataset.summary())
    report = page.save(info | {"precision": precision.policy})
    step.done()
    print_summary("lab 2.2", figures, report)
    return figures


if __name__ == "__main__":
    main(**parse_options(__doc__))
