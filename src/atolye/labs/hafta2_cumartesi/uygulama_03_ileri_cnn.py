"""Lab 2.3: advanced convolutional networks: residual blocks, separable convolutions, attention over channels.

Question: what do the ideas behind modern networks buy for the parameters, arithmetic and seconds that they cost?
Technique: Basic, Bottleneck and PreAct blocks by hand, depthwise separable convolution, squeeze-and-excitation.
Papers: He et al. arXiv:1512.03385, arXiv:1603.05027; Howard et al. arXiv:1704.04861; Hu et al. arXiv:1709.01507.
Run: atolye lab 2.3, or: python -m atolye.labs.hafta2_cumartesi.uygulama_03_ileri_cnn [--quick | --full]
Expect: the bands below. benchmarks/labs.py measures the default: its figures, and its seconds.
"""

import atolye  # isort: skip  # noqa: F401  first, so that TensorFlow starts with oneDNN
import time
from collections.abc import Iterator
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import layers

from atolye.augment import Flip, PadAndCrop, Policy, predict_views
from atolye.evaluate import confusion, metrics, per_class
from atolye.files import write_text
from atolye.labs.drawing import draw_lines
from atolye.labs.hafta2_cumartesi import uygulama_03_comparisons as comparisons
from atolye.labs.hafta2_cumartesi import uygulama_03_slide_checks as slide_checks
from atolye.labs.lab_study import lab_study, shares_by_trial
from atolye.labs.local_images import load_images
from atolye.labs.options import parse_options
from atolye.labs.record import lab_info, print_summary
from atolye.labs.steps import Steps
from atolye.layers import BatchNormalization
from atolye.models import cnn, separable_cnn, vgg_small
from atolye.profile import profile
from atolye.report import Page
from atolye.report.figures_confusion import confusion_figure
from atolye.study import draw_pareto, pareto_front
from atolye.train import Recipe
from atolye.train.create_variables import create_variables
from atolye.train.dtype_policy import dtype_policy
from atolye.train.fit import fit
from atolye.train.losses import SmoothedSparseCategoricalCrossentropy
from atolye.train.precision import choose_precision
from atolye.train.same_start import same_weights, snapshot, start_over
from atolye.train.schedules import OneCycle, count_updates

BANDS: dict[str, dict[str, tuple[float, float]]] = {  # lowest and highest figure to expect
    "quick": {"test_accuracy": (0.1, 1.0), "largest_difference": (0.0, 1e-5), "gradient_ratio": (0.0, 0.1)},
    "default": {"test_accuracy": (0.84, 0.87), "largest_difference": (0.0, 1e-5), "gradient_ratio": (0.0, 1e-3)},
    "default_small": {"test_accuracy": (0.4, 1.0)},  # where only the drawn shapes are at hand
}
# side: pixels of the compared models' images; rows, epochs, seeds: of their training; blocks: in each of three stages;
# deep: the same for plain against residual, trained on deep_rows for deep_epochs; depths: of the builders; eager: steps
# too few to be worth compiling; final: what the training in earnest, on all images, changes in its recipe.
QUICK: dict[str, Any] = {"side": 16, "rows": 64, "epochs": 1, "seeds": 1, "blocks": 1, "widths": (8, 16, 32)}
QUICK |= {"deep": (1, 2), "deep_rows": 64, "deep_epochs": 1, "depths": (18, 20), "eager": True}
QUICK |= {"final": {"widths": [16, 32, 32], "precision": "float32"}}
DEFAULT: dict[str, Any] = {"side": 16, "rows": 1500, "epochs": 5, "seeds": 2, "blocks": 3, "widths": (16, 32, 64)}
DEFAULT |= {"deep": (1, 3, 7), "deep_rows": 800, "deep_epochs": 5, "depths": (18, 34, 50, 20, 32, 56), "eager": False}
DEFAULT |= {"final": {}}
FULL = DEFAULT | {"side": 32, "rows": 50_000, "epochs": 60, "seeds": 3, "deep": (1, 3, 9), "deep_rows": 50_000}
FULL |= {"deep_epochs": 30, "final": {"widths": [64, 256, 256], "epochs": 20, "progressive_sizes": {0: 24, 16: 32}}}
SHARES = {"data": 4, "blocks": 3, "builders": 12, "models": 300, "separable": 8, "depth": 160, "final": 240}
BATCH, RATE, DECAY = 64, 0.1, 5e-3  # of the compared models; the decay is multiplied by the learning rate
FINAL = "speedrun-85"  # the recipe of the training in earnest; it comes with atolye
VIEWED = 0.25  # share of the test images, those of which the model is least sure, that get further views
FEW, FEW_CHANGES = 20_000, {"batch_size": 64}  # where only drawn shapes are at hand: updates enough in an epoch


# --- Technique: the blocks, layer by layer --------------------------------------------------------------------------
def conv_bn(x: Any, filters: int, side: int, strides: int = 1, *, name: str, norm: bool = True) -> Any:
    """Convolve, then normalize; without the norm, as before 2015, with a bias and Keras's usual initialiser."""
    initializer = "he_normal" if norm else "glorot_uniform"
    options: dict[str, Any] = {"use_bias": not norm, "kernel_initializer": initializer, "name": name}
    x = layers.Conv2D(filters, side, strides, padding="same", **options)(x)
    return BatchNormalization(momentum=0.9, name=f"{name}_bn")(x) if norm else x


def way_around(x: Any, filters: int, strides: int, *, at: str, norm: bool = True) -> Any:
    """Leave x as it is; where the block changes the shape, a 1 x 1 convolution does so too (option B of the paper)."""
    if strides == 1 and x.shape[-1] == filters:
        return x
    return conv_bn(x, filters, 1, strides, name=f"{at}shortcut", norm=norm)


def basic_block(
    x: Any, filters: int, strides: int = 1, *, at: str = "", skip: bool = True, ratio: int = 0, norm: bool = True
) -> Any:
    """Two 3 x 3 convolutions and a way around them; `skip=False` is the plain block, `ratio` adds attention."""
    y = conv_bn(x, filters, 3, strides, name=f"{at}conv_1", norm=norm)
    y = layers.ReLU(name=f"{at}relu_1")(y)
    y = conv_bn(y, filters, 3, name=f"{at}conv_2", norm=norm)
    if ratio:
        y = squeeze_excite(y, ratio, at=at)
    if skip:
        y = layers.Add(name=f"{at}add")([way_around(x, filters, strides, at=at, norm=norm), y])
    return layers.ReLU(name=f"{at}relu_2")(y)


def bottleneck_block(x: Any, filters: int, strides: int = 1, *, at: str = "") -> Any:
    """Narrow the channels to a quarter (1 x 1), filter (3 x 3), widen them again (1 x 1)."""
    y = layers.ReLU(name=f"{at}relu_1")(conv_bn(x, filters // 4, 1, name=f"{at}conv_1"))
    y = layers.ReLU(name=f"{at}relu_2")(conv_bn(y, filters // 4, 3, strides, name=f"{at}conv_2"))
    y = conv_bn(y, filters, 1, name=f"{at}conv_3")
    y = layers.Add(name=f"{at}add")([way_around(x, filters, strides, at=at), y])
    return layers.ReLU(name=f"{at}relu_3")(y)


def preact_block(x: Any, filters: int, strides: int = 1, *, at: str = "") -> Any:
    """ResNet v2: normalize and activate before each convolution, and do nothing after the sum."""
    options: dict[str, Any] = {"padding": "same", "use_bias": False, "kernel_initializer": "he_normal"}
    y = layers.ReLU(name=f"{at}relu_1")(BatchNormalization(momentum=0.9, name=f"{at}bn_1")(x))
    if strides != 1 or x.shape[-1] != filters:
        x = layers.Conv2D(filters, 1, strides, name=f"{at}shortcut", **options)(y)
    y = layers.Conv2D(filters, 3, strides, name=f"{at}conv_1", **options)(y)
    y = layers.ReLU(name=f"{at}relu_2")(BatchNormalization(momentum=0.9, name=f"{at}bn_2")(y))
    y = layers.Conv2D(filters, 3, name=f"{at}conv_2", **options)(y)
    return layers.Add(name=f"{at}add")([x, y])


def separable_conv(x: Any, filters: int, strides: int = 1, *, at: str = "") -> Any:
    """Filter each channel by itself (depthwise), then mix the channels of each pixel (pointwise)."""
    depthwise: dict[str, Any] = {"use_bias": False, "depthwise_initializer": "he_normal", "name": f"{at}depthwise"}
    x = layers.DepthwiseConv2D(3, strides, padding="same", **depthwise)(x)
    x = layers.ReLU(name=f"{at}relu_1")(BatchNormalization(momentum=0.9, name=f"{at}depthwise_bn")(x))
    return layers.ReLU(name=f"{at}relu_2")(conv_bn(x, filters, 1, name=f"{at}pointwise"))


def squeeze_excite(x: Any, ratio: int, *, at: str = "") -> Any:
    """Weigh each channel by a number from 0 to 1 that is computed from the means of all channels."""
    gate = layers.GlobalAveragePooling2D(keepdims=True, name=f"{at}squeeze")(x)  # (batch, 1, 1, channels)
    hidden = {"activation": "relu", "kernel_initializer": "he_normal", "name": f"{at}reduce"}
    gate = layers.Dense(x.shape[-1] // ratio, **hidden)(gate)
    gate = layers.Dense(x.shape[-1], activation="sigmoid", name=f"{at}excite")(gate)
    return layers.Multiply(name=f"{at}scale")([x, gate])


# --- Model: stacks of one kind of block ------------------------------------------------------------------------------
BLOCKS: dict[str, Any] = {
    "plain": partial(basic_block, skip=False),
    "residual": basic_block,
    "bottleneck": bottleneck_block,
    "preact": preact_block,
    "se": partial(basic_block, ratio=4),  # 16 in the paper, whose stages are at least 256 channels wide
    "plain_no_bn": partial(basic_block, skip=False, norm=False),
    "residual_no_bn": partial(basic_block, norm=False),
}
MODELS = ("cnn", "vgg", "separable", "plain", "residual", "bottleneck", "preact", "se")


def block_network(kind: str, blocks: int, widths: tuple[int, ...], side: int) -> keras.Model:
    """A first convolution, `blocks` blocks of one kind at each width, global average pooling, the answer."""
    inputs = keras.Input((side, side, 3), name="image")
    x = layers.Rescaling(1 / 255)(inputs)
    if kind == "preact":  # bare: the first block normalizes and activates
        x = layers.Conv2D(widths[0], 3, padding="same", use_bias=False, kernel_initializer="he_normal", name="stem")(x)
    else:
        x = layers.ReLU(name="stem_relu")(conv_bn(x, widths[0], 3, name="stem", norm="no_bn" not in kind))
    for stage, block in product(range(1, len(widths) + 1), range(1, blocks + 1)):
        strides = 2 if stage > 1 and block == 1 else 1  # each later stage starts with half of the height and width
        x = BLOCKS[kind](x, widths[stage - 1], strides, at=f"s{stage}b{block}_")
    if kind == "preact":  # nothing has been normalized since the last sum
        x = layers.ReLU(name="last_relu")(BatchNormalization(momentum=0.9, name="last_bn")(x))
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(inputs, layers.Dense(10, "softmax", dtype="float32", name="probabilities")(x))


def build(kind: str, blocks: int, widths: tuple[int, ...], side: int) -> keras.Model:
    """Return a network of the comparison, by name."""
    free: dict[str, Any] = {"dropout": 0.0, "l2": 0.0}  # all of them get the same weight decay, from the optimizer
    library = {"cnn": cnn, "vgg": vgg_small, "separable": separable_cnn}
    if kind in library:
        return library[kind]((side, side, 3), 10, widths=tuple(2 * width for width in widths), **free)
    return block_network(kind, blocks, widths, side)


# --- Train ----------------------------------------------------------------------------------------------------------
@cache  # a second seed costs no second tracing
def prepared(
    kind: str, blocks: int, widths: tuple[int, ...], side: int, *, updates: int, rate: float, policy: str, eager: bool
) -> tuple[keras.Model, list[np.ndarray], dict[str, int]]:
    """Return a compiled network, its state before training, and what it costs."""
    with dtype_policy(policy):
        model = build(kind, blocks, widths, side)
    schedule = OneCycle(rate, max(updates, 2), warmup_fraction=0.25, anneal="linear")
    optimizer = keras.optimizers.SGD(schedule, momentum=0.9, nesterov=True, weight_decay=DECAY)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    loss = SmoothedSparseCategoricalCrossentropy(0.1)
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False, run_eagerly=eager)
    create_variables(model, np.zeros((1, side, side, 3), "uint8"), np.zeros(1, "int64"))
    totals = profile(model).totals
    return model, snapshot(model.variables), {name: totals[name] for name in ("parameters", "flops")}


def answers(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Return the probabilities of the classes, a thousand images at a time."""
    parts = [images[first : first + 1000] for first in range(0, len(images), 1000)]
    return np.concatenate([np.asarray(model(part, training=False)) for part in parts])


def train(model: keras.Model, x: np.ndarray, y: np.ndarray, *, epochs: int, batch: int, seed: int) -> Iterator[dict]:
    """Fit on newly flipped and shifted images in each epoch; yield what each gave."""
    random, changes = np.random.default_rng(seed), Policy([Flip(), PadAndCrop(2)])  # lab 2.2 is about these
    for epoch in range(1, epochs + 1):
        started = time.perf_counter()
        log = model.fit(changes.augment(x, generator=random), y, batch_size=batch, verbose=0).history
        row = {"epoch": epoch, "seconds": time.perf_counter() - started}
        yield row | {"loss": log["loss"][0], "accuracy": log["accuracy"][0]}


def trial(settings: dict[str, Any], seed: int) -> dict[str, Any]:
    """One trial of a study: a network, trained from the weights of its seed and judged on the validation images."""
    x, y, kind, epochs = settings["x"], settings["y"], settings["kind"], settings["epochs"]
    recipe = {"policy": settings["policy"], "eager": settings["eager"]}
    recipe["rate"] = RATE / 10 if "no_bn" in kind else RATE  # without norms 0.1 is too much
    recipe["updates"] = count_updates(len(x), BATCH, epochs=epochs)
    model, start, costs = prepared(kind, settings["blocks"], tuple(settings["widths"]), x.shape[1], **recipe)
    start_over(model, start, seed=seed)
    same_weights(model, seed)  # equal wherever layers have equal shapes
    history = pd.DataFrame(train(model, x, y, epochs=epochs, batch=BATCH, seed=seed))
    found = metrics(settings["y_val"], answers(model, settings["x_val"]))
    seconds = history["seconds"].min() * epochs  # the first epoch also traces
    return {"val_accuracy": found["accuracy"], **costs, "seconds": seconds, "losses": history["loss"].tolist()}


def main(*, quick=False, full=False, data_dir=None, seed=0, lang="tr", out=None) -> dict[str, float]:
    """Run the lab, leave its page in `out`, and return its figures."""
    started, mode = time.perf_counter(), "quick" if quick else "full" if full else "default"
    size: dict[str, Any] = dict(QUICK if quick else FULL if full else DEFAULT)
    out, seeds = Path(out or "runs/lab-2.3"), range(seed, seed + size["seeds"])
    side, widths, blocks = size["side"], size["widths"], size["blocks"]
    kinds, deepest = ("plain_no_bn", "plain", "residual"), 6 * size["deep"][-1] + 2  # layers
    studied: dict[str, dict[str, Any]] = {"models": {name: {"kind": name} for name in MODELS}}
    if not quick:
        studied["models"]["narrow"] = {"kind": "residual", "widths": [width // 2 for width in widths]}
        studied["models"]["deep"] = {"kind": "residual", "blocks": blocks + 2}
    studied["depth"] = {f"{kind}_{6 * n + 2}": {"kind": kind, "blocks": n} for n in size["deep"] for kind in kinds}
    page = Page(out, texts=Path(__file__).with_suffix(".toml"), lang=lang, models=len(studied["models"]))
    trials = {name: len(variants) * len(seeds) for name, variants in studied.items()}
    step = Steps("lab 2.3", shares_by_trial(SHARES, trials))

    # --- Data -------------------------------------------------------------------------------------------------------
    step("data")
    images = load_images(data_dir=data_dir, small=quick, **({"num_shapes": 600} if quick else {}))
    policy, held = ("float32" if quick else choose_precision("auto").policy), images.validation

    def smaller(x: np.ndarray) -> np.ndarray:  # the means of squares of pixels, such as 2 x 2
        across = x.shape[1] // side
        return x.reshape(len(x), side, across, side, across, 3).mean(axis=(2, 4)).astype("uint8")

    def study(name: str, rows: int, epochs: int, baseline: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        few = images.limit(rows, seed=seed).train
        base = {"x": smaller(few.inputs), "y": few.targets, "x_val": smaller(held.inputs), "y_val": held.targets}
        base |= {"widths": list(widths), "blocks": blocks, "policy": policy, "eager": size["eager"], "epochs": epochs}
        made: dict[str, Any] = {"variants": studied[name], "seeds": seeds, "baseline": baseline, "base": base}
        one = lab_study(name, script=__file__, out=out, trial=trial, metric="val_accuracy", **made)
        one.run(finished=lambda _, left: step(f"{name}, {left} left") if left else None, lang=lang)
        return one.table(), one.results().sort_values("seed")

    sizes = {"rows": min(size["rows"], len(images.train)), "epochs": size["epochs"], "seeds": len(seeds)}
    parts = {"train": len(images.train), "held": len(held), "test": len(images.test)}
    page.section("data", name=images.name, side=side, policy=policy, **sizes, **parts)
    if quick:
        page.notice("quick_notice", tone="warning")

    # --- 1. Basic and Bottleneck blocks by hand, and the builders made of them ----------------------------------------
    step("blocks")
    page.section("blocks")
    page.figure("residual_graph", comparisons.draw_block(basic_block))
    page.figure("bottleneck_graph", comparisons.draw_block(bottleneck_block))
    by_hand = {"basic": basic_block, "bottleneck": bottleneck_block, "preact": preact_block}
    by_hand |= {"separable": separable_conv, "squeeze_excite": squeeze_excite}
    compared = comparisons.blocks_against_library(by_hand)
    page.table("blocks_table", compared)
    slide_checks.check_bottleneck(page, basic_block, bottleneck_block)
    step("builders")
    page.section("builders")
    page.table("builders_table", comparisons.builders_against_papers(size["depths"]))

    # --- Train: every model of the comparison, over the seeds ---------------------------------------------------------
    step(f"models, {trials['models']} left")
    table, trials_made = study("models", size["rows"], size["epochs"], "residual")
    scores = {name: part["val_accuracy"].tolist() for name, part in trials_made.groupby("variant")}
    judge = partial(comparisons.judge, page, scores)

    # --- 2. PreAct, 3. depthwise separable against standard, 4. squeeze-and-excitation --------------------------------
    page.section("preact")
    page.figure("preact_graph", comparisons.draw_block(preact_block))
    judge("preact", "residual")
    step("separable")
    inputs = keras.Input((side, side, 64))
    with dtype_policy(policy):
        pairs = {
            "conv_layer": keras.Model(inputs, layers.ReLU()(conv_bn(inputs, 64, 3, name="conv"))),
            "separable_layer": keras.Model(inputs, separable_conv(inputs, 64)),
            "conv_network": build("vgg", 0, widths, side),
            "separable_network": build("separable", 0, widths, side),
        }
    costs = comparisons.costs_of(pairs, rounds=3 if quick else 20, batch_size=1 if quick else 64)
    page.section("separable", precision=policy)
    page.table("separable_table", costs, side=side, batch=1 if quick else 64)
    judge("separable", "vgg")
    slide_checks.check_separable(page, costs.set_index("name"))
    price = ["parameters", "flops", "seconds"]
    page.section("squeeze_excite", **table.loc["se", price], **table.loc["residual", price].add_prefix("base_"))
    page.figure("se_graph", comparisons.draw_block(BLOCKS["se"]))
    judge("se", "residual")

    # --- 5. Accuracy for parameters, FLOPs and seconds: which models are on the Pareto front --------------------------
    on_front = {cost: pareto_front(table[cost].tolist(), table["mean"].tolist()) for cost in price}
    fronts = {cost: ", ".join(table.index[kept]) for cost, kept in on_front.items()}
    page.section("pareto")
    page.table("models_table", table.drop(columns=["n", *price]).reset_index(), **sizes)
    for cost in price:
        page.figure(f"pareto_{cost}", draw_pareto(table, [cost], metric="validation accuracy"), front=fronts[cost])
    marks = pd.DataFrame({f"front_{cost}": np.where(on_front[cost], "●", "") for cost in price}, index=table.index)
    page.table("prices", table[price].join(marks).reset_index())
    slide_checks.check_per_parameter(page)

    # --- 6. Vanishing gradients: plain against residual at growing depth ----------------------------------------------
    step(f"depth, {trials['depth']} left")
    sample = smaller(images.train.inputs[:64]), images.train.targets[:64]
    norms, ratios = {}, []
    for n in size["deep"]:
        for kind in (*kinds, "residual_no_bn"):
            norms[kind] = comparisons.gradient_norms(build(kind, n, widths, side), *sample, seed=seed)
        ratios.append({"depth": 6 * n + 2} | {kind: found[0] / found[-1] for kind, found in norms.items()})
    deep, trials_made = study("depth", size["deep_rows"], size["deep_epochs"], f"residual_{deepest}")
    by_depth = {kind: [float(deep["mean"][f"{kind}_{row['depth']}"]) for row in ratios] for kind in kinds}
    by_variant = trials_made.groupby("variant")["losses"].apply(lambda runs: np.mean(runs.tolist(), axis=0).tolist())
    losses = {kind: by_variant[f"{kind}_{deepest}"] for kind in kinds}
    page.section("vanishing", depth=deepest)
    page.table("vanishing_table", pd.DataFrame(ratios))
    lines = draw_lines(norms, x_label="layer", y_label="gradient norm", y_log=True, width=10.4)
    page.figure("vanishing_norms", lines, depth=deepest)
    deep_sizes = sizes | {"rows": min(size["deep_rows"], len(images.train)), "epochs": size["deep_epochs"]}
    page.table("depth_table", deep.drop(columns=["n", *price]).reset_index(), **deep_sizes)
    x_axis: dict[str, Any] = {"x": [row["depth"] for row in ratios], "x_label": "depth"}
    page.figure("depth_accuracy", draw_lines(by_depth, y_label="validation accuracy", **x_axis))
    page.figure("depth_losses", draw_lines(losses, y_label="training loss"), depth=deepest)
    slide_checks.check_vanishing(page, ratios[-1], {kind: values[-1] for kind, values in by_depth.items()})

    # --- Train in earnest: one model from scratch; evaluate: the test images, once ------------------------------------
    step("final")
    prepared.cache_clear()
    changes = size["final"] | (FEW_CHANGES if len(images.train) < FEW else {})
    recipe = Recipe.from_toml(FINAL, seed=seed, **changes)
    step.done()  # the training has a bar of its own
    fitted = fit(recipe, images, title=FINAL)
    history = fitted.history
    write_text(out / "history.csv", history.to_csv(index=False))
    targets, ask = images.test.targets, partial(answers, fitted.model)
    one_look = ask(images.test.inputs)
    known = {"share": VIEWED, "answers": one_look}
    probabilities = predict_views(ask, images.test.inputs, views=fitted.views, **known)
    figures: dict[str, Any] = {"test_accuracy": metrics(targets, probabilities)["accuracy"]}
    figures["test_accuracy_one_look"] = metrics(targets, one_look)["accuracy"]
    figures |= {
        "val_accuracy": history["val_accuracy"].iloc[fitted.best_epoch - 1],
        "final_seconds": float(history["seconds"].sum()),
    }
    totals = {name: profile(fitted.model).totals[name] for name in ("parameters", "flops")}
    told = {"images": len(images.train), "epochs": len(history), "batch": recipe.batch_size} | totals
    told |= {"rate": recipe.learning_rate, "side": recipe.progressive_sizes[0], "viewed": VIEWED}
    page.section("final", **told, **figures)
    page.table("final_history", history.filter(regex="^(?!learning_rate_)"))  # one of three rates, which fall alike
    page.table("final_classes", per_class(targets, probabilities, images.class_names))
    matrix = confusion(targets, probabilities.argmax(axis=1), len(images.class_names))
    page.figure("confusion", confusion_figure(matrix, images.class_names))

    # --- Notice -----------------------------------------------------------------------------------------------------
    figures |= {"models": len(table), "largest_difference": float(compared["difference"].max())}
    figures |= {f"{name}_accuracy": float(table.loc[name, "mean"]) for name in ("vgg", "separable", "residual", "se")}
    figures |= {f"{kind}_deep_accuracy": values[-1] for kind, values in by_depth.items()}
    figures |= {"gradient_ratio": ratios[-1]["plain_no_bn"], "front": fronts["parameters"]}
    told = {"one_look": figures["test_accuracy_one_look"], "epochs": len(history), "dataset": images.name}
    page.headline("headline_test", figures["test_accuracy"], **told, **totals)
    page.headline("headline_front", fronts["parameters"], models=len(table))
    page.headline("headline_plain", figures["plain_deep_accuracy"], depth=deepest)
    page.headline("headline_residual", figures["residual_deep_accuracy"], depth=deepest)
    page.section("notice", **figures, depth=deepest)
    page.section("try_this")
    step.done()
    info = lab_info("2.3", mode=mode, seed=seed, started=started, figures=figures, data=images.summary())
    print_summary("lab 2.3", figures, page.save(info | {"precision": policy}))
    return figures


if __name__ == "__main__":
    main(**parse_options(__doc__))
