"""Lab 2.1: the parts of a convolutional network, each exchanged alone.

Question: what does each part of a CNN do, what does it cost, and which choice pays?
Technique: Conv2D, BatchNorm, MaxPooling and global average pooling; filter size and count, strides, dilation, groups,
depthwise separable convolution, pooling and normalisation compared in studies over the same seeds and weights.
Papers: LeCun et al. (1998); Lin et al. (2014) arXiv:1312.4400; Springenberg et al. (2015) arXiv:1412.6806; Yu & Koltun
(2016) arXiv:1511.07122; Howard et al. (2017) arXiv:1704.04861; Wu & He (2018) arXiv:1803.08494.
Run: atolye lab 2.1, or: python -m atolye.labs.hafta2_cumartesi.uygulama_01_cnn_temelleri [--quick | --full]
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
from keras import callbacks, layers

from atolye.data import Dataset, Split
from atolye.evaluate import metrics
from atolye.explain import feature_maps, filters
from atolye.labs.drawing import draw_lines
from atolye.labs.hafta2_cumartesi import uygulama_01_slide_checks as slide_checks
from atolye.labs.hafta2_cumartesi import uygulama_01_tables as tables
from atolye.labs.hafta2_cumartesi.uygulama_01_by_hand import convolve_as, draw_poolings
from atolye.labs.lab_study import lab_study
from atolye.labs.local_images import load_images
from atolye.labs.options import parse_options
from atolye.labs.record import lab_info, print_summary
from atolye.labs.steps import Steps
from atolye.layers import BatchNormalization, ConvBlock, DepthwiseSeparableConv, GroupedConv2D
from atolye.profile import parameter_table, profile
from atolye.report import Page
from atolye.study import draw_pareto
from atolye.train.callbacks import EpochSeconds
from atolye.train.create_variables import create_variables
from atolye.train.dtype_policy import dtype_policy
from atolye.train.precision import choose_precision
from atolye.train.same_start import same_weights, snapshot, start_over

BANDS: dict[str, dict[str, tuple[float, float]]] = {  # lowest and highest figure to expect
    "quick": {"training_accuracy": (0.15, 1.0), "by_hand_gap": (0.0, 1e-4), "flops_gap": (0, 0), "field_gap": (0, 0)},
    "default": {"test_accuracy": (0.64, 0.78), "by_hand_gap": (0.0, 1e-4), "flops_gap": (0, 0), "field_gap": (0, 0)},
    "default_small": {"test_accuracy": (0.4, 1.0)},  # on the drawn shapes
}
# shapes: drawn where CIFAR-10 is missing. main, width, main_epochs: images, first filters and epochs of the slide's
# network. images, epochs, seeds: of each network in a study. few, few_epochs: of those that see 2 images at a time.
QUICK: dict[str, Any] = {"shapes": 1500, "main": 384, "width": 8, "main_epochs": 2, "images": 128, "epochs": 1}
DEFAULT: dict[str, Any] = {"shapes": 12_000, "main": 12_000, "width": 32, "main_epochs": 6, "images": 2048, "epochs": 5}
FULL: dict[str, Any] = {"shapes": 60_000, "main": 50_000, "width": 64, "main_epochs": 40, "images": 50_000}
QUICK |= {"seeds": 2, "few": 12, "few_epochs": 1, "judged": 130, "maps": 7, "main_batch": 16}
DEFAULT |= {"seeds": 5, "few": 500, "few_epochs": 2, "judged": 2000, "maps": 15, "main_batch": 64}
FULL |= {"epochs": 20, "seeds": 5, "few": 10_000, "few_epochs": 5, "judged": 5000, "maps": 15, "main_batch": 64}
BATCH, SMALL_BATCH = 64, 2  # images in an update
RATE, SMALL_RATE = 3e-3, 5e-4  # of Adam; about the square root of the batch: sqrt(2 / 64) = 0.18
SIDE = 32  # pixels
PARTS = {"first": 16, "kernel_size": 3, "convolution": "plain", "down": "max", "head": "average", "norm": "batch"}
PLAIN = "3x3 · 16"
STUDIES: dict[str, dict[str, dict[str, Any]]] = {  # what each variant sets; the first sets nothing and is the baseline
    "filters": {PLAIN: {}}
    | {f"{side}x{side} · 16": {"kernel_size": side} for side in (1, 5, 7)}
    | {f"3x3 · {first}": {"first": first} for first in (8, 32)},
    "pooling": {
        "MaxPooling2D": {},
        "AveragePooling2D": {"down": "average"},
        "strides=2": {"down": "strides"},
        "Conv2D + Conv2D(strides=2)": {"down": "extra"},
        "GlobalMaxPooling2D": {"head": "max"},
        "Flatten": {"head": "flatten"},
    },
    "convolutions": {"Conv2D": {}}
    | {name: {"convolution": name} for name in ("separable", "dilation_rate=2", "groups=4", "valid")},
    "norms": {
        "BatchNorm": {},
        "LayerNorm": {"norm": "layer"},
        "GroupNorm": {"norm": "group"},
        "none": {"norm": "none"},
    },
}
IN_QUICK = {PLAIN, "5x5 · 16", "3x3 · 8", "MaxPooling2D", "strides=2", "GlobalMaxPooling2D", "Conv2D", "separable"}
IN_QUICK |= {"BatchNorm", "GroupNorm"}
SECONDS = {"filters": 6, "pooling": 6, "convolutions": 6, "norms": 6, "norms_small": 12}  # of a trial, about

DONE: dict[str, dict[str, Any]] = {}  # figures of this process's trials, by data, settings and seed


def slide_model(num_classes: int, *, width: int = 32) -> keras.Model:
    """The slide's network: twice Conv2D, BatchNorm, ReLU, then MaxPooling; three times; then GAP and Dense."""
    inputs = keras.Input((SIDE, SIDE, 3), name="image")
    x = layers.Rescaling(1 / 255, name="rescaling")(inputs)
    for number, channels in enumerate((width, width, 2 * width, 2 * width, 4 * width, 4 * width), start=1):
        options: dict[str, Any] = {"padding": "same", "use_bias": False, "kernel_initializer": "he_normal"}
        x = layers.Conv2D(channels, 3, name=f"conv{number}", **options)(x)
        x = BatchNormalization(momentum=0.9, name=f"bn{number}")(x)
        x = layers.ReLU(name=f"relu{number}")(x)
        if number % 2 == 0:  # after every second convolution: half of the height and width
            x = layers.MaxPooling2D(2, name=f"pool{number // 2}")(x)
    x = layers.GlobalAveragePooling2D(name="gap")(x)
    return keras.Model(inputs, layers.Dense(num_classes, "softmax", dtype="float32", name="answer")(x))


def network(
    num_classes: int, *, first: int, kernel_size: int, convolution: str, down: str, head: str, norm: Any
) -> keras.Model:
    """A smaller one for the studies, three convolutions, whose parts can be exchanged: see STUDIES."""
    inputs = keras.Input((SIDE, SIDE, 3), name="image")
    x = layers.Rescaling(1 / 255)(inputs)
    kinds: dict[str, dict[str, Any]] = {"dilation_rate=2": {"dilation_rate": 2}, "groups=4": {"groups": 4}}
    for stage, channels in enumerate((first, 2 * first, 4 * first), start=1):
        options = {"norm": norm, "strides": 2 if down == "strides" else 1}
        if convolution == "valid":
            x = ConvBlock(channels, kernel_size, padding="valid", **options)(x)
        elif convolution == "separable" and stage > 1:  # the first sees 3 channels: nothing to separate or to group
            x = DepthwiseSeparableConv(channels, kernel_size, **options)(x)
        else:
            x = ConvBlock(channels, kernel_size, **options, **(kinds.get(convolution, {}) if stage > 1 else {}))(x)
        if down in ("max", "average"):
            x = (layers.MaxPooling2D if down == "max" else layers.AveragePooling2D)(2)(x)
        elif down == "extra":
            x = ConvBlock(channels, 3, strides=2, norm=norm)(x)
    heads = {"average": layers.GlobalAveragePooling2D, "max": layers.GlobalMaxPooling2D, "flatten": layers.Flatten}
    x = heads[head]()(x)
    return keras.Model(inputs, layers.Dense(num_classes, "softmax", dtype="float32", name="answer")(x))


def build(make: Any, *arguments: Any, policy: str, **options: Any) -> keras.Model:
    """Build and compile a model that computes in `policy`."""
    with dtype_policy(policy):
        model = make(*arguments, **options)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    create_variables(model, np.zeros((1, SIDE, SIDE, 3), "uint8"), np.zeros(1, "int64"))
    return model


@cache  # a second seed, or the same network in another study, is not traced again
def prepared(num_classes: int, policy: str, **parts: Any) -> tuple[keras.Model, list[np.ndarray], int]:
    """Return a compiled network of the studies, its state before training, and its FLOPs."""
    model = build(network, num_classes, policy=policy, **parts)
    return model, snapshot(model.variables), profile(model).totals["flops"]


def fit(model: keras.Model, part: Split, *, epochs: int, batch: int, rate: float, **options: Any) -> dict[str, Any]:
    """Train with a learning rate that falls along half a cosine; return the history."""
    plan = [rate * (1 + math.cos(math.pi * epoch / epochs)) / 2 for epoch in range(epochs)]
    steering = [callbacks.LearningRateScheduler(lambda epoch: plan[epoch]), EpochSeconds()]
    settings = {"batch_size": batch, "epochs": epochs, "callbacks": steering, "verbose": 0}
    return model.fit(part.inputs, part.targets, **settings, **options).history


def answers(model: keras.Model, part: Split) -> np.ndarray:
    """Return the probabilities, (examples, classes), without compiling anything."""
    pieces = np.array_split(np.asarray(part.inputs), -(-len(part) // 500))
    return np.concatenate([np.asarray(model(piece, training=False), "float32") for piece in pieces])


def train_one(settings: dict[str, Any], seed: int, *, dataset: Dataset) -> dict[str, Any]:
    """One trial of a study: train a network, judge it on the validation images, return its figures."""
    key = json.dumps([dataset.content_hash, settings, seed], sort_keys=True)
    if key in DONE:  # every study has the same baseline
        return DONE[key]
    parts = {name: settings[name] for name in PARTS}
    model, start, flops = prepared(dataset.num_classes, settings["policy"], **parts)
    start_over(model, start, seed=seed)
    same_weights(model, seed)  # equal in all variants, wherever layers have equal shapes
    log = fit(model, dataset.train, **{name: settings[name] for name in ("epochs", "batch", "rate")})
    right = answers(model, dataset.validation).argmax(axis=1) == dataset.validation.targets
    cost = {"parameters": model.count_params(), "flops": flops, "seconds": min(log["seconds"]) * settings["epochs"]}
    DONE[key] = {"val_accuracy": float(right.mean()), "loss": log["loss"][-1], **cost}
    return DONE[key]


def shown(page: Page, name: str, table: pd.DataFrame, **values: Any) -> None:
    """Put a study's table on the page, and its metric over what differs in cost."""
    columns = ["variant", "mean", "std", "gain", "gain_low", "gain_high", "p_value", "parameters", "flops", "seconds"]
    page.table(f"{name}_table", table.assign(flops=table["flops"] / 1e6).reset_index()[columns], **values)
    costs = [cost for cost in ("flops", "seconds", "parameters") if table[cost].nunique() > 1][:2]
    page.figure(f"{name}_pareto", draw_pareto(table, costs, metric="val_accuracy"))


def _times(table: pd.DataFrame, variant: str) -> float:
    """Return a variant's FLOPs as a multiple of the baseline's."""
    return float(table.loc[variant, "flops"] / table["flops"].iloc[0])


def main(*, quick=False, full=False, data_dir=None, seed=0, lang="tr", out=None) -> dict[str, Any]:
    """Run the lab, leave its page in `out`, and return its figures."""
    started, size = time.perf_counter(), dict(QUICK if quick else FULL if full else DEFAULT)
    page = Page(Path(out or "runs/lab-2.1"), texts=Path(__file__).with_suffix(".toml"), lang=lang)
    seeds = range(seed, seed + size["seeds"])
    kept = {
        name: {key: given for key, given in some.items() if not quick or key in IN_QUICK}
        for name, some in STUDIES.items()
    }
    kept["norms_small"] = kept["norms"]
    shares: dict[str, float] = {"data": 4, "the slide's network": 150, "maps and costs": 6}
    for name, variants in kept.items():
        trials = len(variants) * len(seeds)
        shares |= {f"{name}, {left} left": SECONDS[name] for left in range(trials, -1, -1)}
    step = Steps("lab 2.1", shares)

    # --- Data -------------------------------------------------------------------------------------------------------
    step("data")
    dataset = load_images(data_dir=data_dir, small=quick, num_shapes=size["shapes"])
    everything = dataset.limit(size["main"], seed=seed)
    judged = replace(dataset, validation=dataset.validation.take(slice(0, size["judged"])))  # they lie in random order
    some, few = (judged.limit(size[name], seed=seed) for name in ("images", "few"))
    precision = choose_precision("float32" if quick else "auto")  # too short to gain from another one
    sizes = {name: size[name] for name in ("images", "epochs", "seeds", "few", "few_epochs", "judged", "main_epochs")}
    told = sizes | {"data": dataset.name, "main": len(everything.train), "reason": precision.reason}
    page.section("data", **told, policy=precision.policy, test=len(dataset.test))

    def compared(name: str, part: Dataset, **base: Any) -> pd.DataFrame:
        """Run a study in the lab's own folder; started again, it does only what is missing."""
        study = lab_study(
            name,
            script=__file__,
            out=page.path,
            trial=partial(train_one, dataset=part),
            variants=kept[name],
            seeds=seeds,
            base=PARTS | {"policy": precision.policy, "batch": BATCH, "rate": RATE, "epochs": size["epochs"]} | base,
            metric="val_accuracy",
        )
        step(f"{name}, {len(study.trials)} left")
        table = study.run(finished=lambda trial, left: step(f"{name}, {left} left"), lang=lang)
        for trial, error in study.failures().items():
            print(f"{trial} failed: {error}")
        return table

    # --- Model, train: 1. Conv2D + BatchNorm + MaxPooling + global average pooling ------------------------------------
    step("the slide's network")
    classes = dataset.num_classes
    keras.utils.set_random_seed(seed)
    trained = build(slide_model, classes, width=size["width"], policy=precision.policy)
    held_out = (judged.validation.inputs, judged.validation.targets)
    log = fit(
        *(trained, everything.train),
        **{"epochs": size["main_epochs"], "batch": size["main_batch"], "rate": RATE, "validation_data": held_out},
        validation_batch_size=500,
    )
    model = slide_model(classes, width=size["width"])  # the same weights in float32, to look at and to judge
    model.set_weights(trained.get_weights())
    page.section("architecture", **told, width=size["width"], parameters=model.count_params())
    curves = {name: log[name] for name in ("accuracy", "val_accuracy")}
    page.figure("main_curves", draw_lines(curves, y_label="accuracy"))
    _, side, _, channels = model.get_layer("pool3").output.shape
    slide_checks.check_flatten(page, side=side, channels=channels, num_classes=classes)
    slide_checks.check_correlation(page)
    slide_checks.check_bias(page)

    # --- 2. Filter size and filter count; 3. Stride against pooling ---------------------------------------------------
    sized = compared("filters", some)
    page.section("filters", **told)
    shown(page, "filters", sized, **told)
    gains = {f"gain_{name}": sized.loc[key, "gain"] for name, key in (("five", "5x5 · 16"), ("half", "3x3 · 8"))}
    costs = {f"times_{name}": _times(sized, key) for name, key in (("five", "5x5 · 16"), ("half", "3x3 · 8"))}
    page.notice("filters_notice", **gains, **costs)
    pooled = compared("pooling", some)
    strided = pooled.loc[[name for name in pooled.index if name.startswith(("MaxPool", "stride", "Conv2D"))]]
    page.section("stride")
    shown(page, "stride", strided, **told)
    page.notice("stride_notice", gain=pooled.loc["strides=2", "gain"], times=_times(pooled, "strides=2"))

    # --- 4. Feature maps of conv1, and of any layer -------------------------------------------------------------------
    step("maps and costs")
    examples = judged.validation.inputs[: 1 if quick else 2]
    page.section("maps")
    page.figure("conv1_filters", filters(model, layer="conv1", count=2 * size["maps"] + 2).figure())
    for layer in ("conv1", "relu1", "relu5"):
        found = feature_maps(model, examples, layer=layer, count=size["maps"])
        page.figure(f"{layer}_maps", found.figure(), height=found.maps.shape[1])

    # --- 5. Parameters and FLOPs of each layer, by formula and counted ------------------------------------------------
    page.section("costs")
    counts = parameter_table(model).set_index("layer")
    flops = profile(model).table.set_index("name")
    rows, gaps = [], []
    x = examples[:1].astype("float32")
    for layer in model.layers[1:]:
        y, counted = layer(x), 0
        if isinstance(layer, layers.Conv2D):
            maps, counted = convolve_as(layer, np.asarray(x)[0])
            gaps.append(float(np.abs(maps - np.asarray(y)[0]).max() / np.abs(maps).max()))
        elif isinstance(layer, layers.Dense):
            counted = layer.kernel.shape[0] * layer.kernel.shape[1]
        if layer.count_params():
            names = ["formula", "by_formula", "by_keras"]
            row = {"layer": layer.name, "output_shape": tables.sizes(y.shape[1:])} | counts.loc[
                layer.name, names
            ].to_dict()
            rows.append(row | {"flops": int(flops.loc[layer.name, "flops"]), "counted": 2 * counted})
        x = y
    costly = pd.DataFrame(rows)
    page.table("cost_table", costly, total=int(costly["flops"].sum()), parameters=model.count_params())
    page.notice("by_hand", tone="good", gap=max(gaps), layers=len(gaps))
    slide_checks.check_parameters(page)
    page.section("one_layer")
    page.table("one_layer_table", tables.one_layer_table())
    groups = GroupedConv2D(8, 3, groups=4)
    lit = np.zeros((1, 5, 5, 16), "float32")
    lit[..., 0] = 1.0
    answered = np.flatnonzero(np.abs(np.asarray(groups(lit))).sum(axis=(0, 1, 2)))
    page.notice("groups_notice", answered=len(answered))
    slide_checks.check_separable(page)
    slide_checks.check_padding(page)
    page.section("field")
    fields = tables.field_table()
    page.table("field_table", fields)
    slide_checks.check_dilation(page)
    kinds = compared("convolutions", some)
    page.section("convolutions")
    shown(page, "convolutions", kinds, **told)
    cheap = {name: kinds.loc["separable", "parameters"] / kinds.loc["Conv2D", "parameters"] for name in ("share",)}
    page.notice("separable_notice", **cheap, times=_times(kinds, "separable"), gain=kinds.loc["separable", "gain"])

    # --- 6. Four poolings; three normalisations at large and small batch ----------------------------------------------
    page.section("pooling")
    first = np.asarray(keras.Model(model.input, model.get_layer("relu1").output)(examples[:1]))
    strongest = int(first.sum(axis=(0, 1, 2)).argmax())
    page.figure("poolings", draw_poolings(first[..., strongest : strongest + 1]))
    shown(
        page,
        "pooling",
        pooled.loc[[name for name in pooled.index if "Conv2D" not in name and "s=" not in name]],
        **told,
    )
    page.section("norms")
    features = np.asarray(keras.Model(model.input, model.get_layer("conv2").output)(judged.validation.inputs[:128]))
    page.table("company_table", tables.company_table(features))
    slide_checks.check_group_norm(page)
    slide_checks.check_layer_norm(page)
    large = compared("norms", some)
    page.section("norms_large", batch=BATCH)
    shown(page, "norms_large", large, **told)
    small = compared("norms_small", few, batch=SMALL_BATCH, rate=SMALL_RATE, epochs=size["few_epochs"])
    page.section("norms_small", batch=SMALL_BATCH)
    shown(page, "norms_small", small, **told)
    by_batch = {"large": large.loc["GroupNorm", "gain"], "small": small.loc["GroupNorm"]["gain"]}
    page.notice("norms_notice", **by_batch, batch=BATCH, small_batch=SMALL_BATCH)

    # --- Evaluate: the test images, once -------------------------------------------------------------------------
    test = metrics(dataset.test.targets, answers(model, dataset.test))
    figures = {
        "test_accuracy": test["accuracy"],
        "training_accuracy": log["accuracy"][-1],
        "parameters": model.count_params(),
        "megaflops": costly["flops"].sum() / 1e6,
        "by_hand_gap": max(gaps),
        "flops_gap": int((costly["flops"] - costly["counted"]).abs().sum()),
        "field_gap": int((fields["field"] - fields["measured"]).abs().sum()),
        "five_by_five_gain": float(gains["gain_five"]),
        "strides_gain": float(pooled.loc["strides=2", "gain"]),
        "separable_gain": float(kinds.loc["separable", "gain"]),
        "group_norm_gain_large": float(by_batch["large"]),
        "group_norm_gain_small": float(by_batch["small"]),
    }
    page.section("evaluate", test=len(dataset.test), auc=test["auc"], **figures)

    # --- Notice -----------------------------------------------------------------------------------------------------
    page.headline("headline_test", test["accuracy"], parameters=model.count_params())
    page.headline("headline_five", gains["gain_five"], times=costs["times_five"])
    page.headline("headline_separable", cheap["share"], gain=figures["separable_gain"])
    page.headline("headline_norm", figures["group_norm_gain_small"], batch=SMALL_BATCH)
    page.section("notice", batch=BATCH, small_batch=SMALL_BATCH, **cheap, **costs, **figures)
    page.section("try_this")
    mode = "quick" if quick else "full" if full else "default"
    info = lab_info("2.1", mode=mode, seed=seed, started=started, figures=figures, data=dataset.summary())
    report = page.save(info | {"precision": precision.policy})
    step.done()
    print_summary("lab 2.1", figures, report)
    return figures


if __name__ == "__main__":
    main(**parse_options(__doc__))
