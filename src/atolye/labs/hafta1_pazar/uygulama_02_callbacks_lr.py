"""Lab 1.2: callbacks steer a training, the learning rate decides it.

Question: when should a training stop, which weights should be kept, and how large should each step be?
Technique: EarlyStopping, ModelCheckpoint, ReduceLROnPlateau, a callback of our own; the learning-rate range test;
ten schedules from the same initial weights. Papers: Prechelt (1998), Smith (2017) arXiv:1506.01186, Loshchilov &
Hutter (2017) arXiv:1608.03983, Goyal et al. (2017) arXiv:1706.02677, Smith & Topin (2018) arXiv:1708.07120.
Expect: the bands below. Run: atolye lab 1.2, or: python -m atolye.labs.hafta1_pazar.uygulama_02_callbacks_lr [--quick]
"""

import atolye  # isort: skip  # noqa: F401  first, so that TensorFlow starts with oneDNN
import time
from collections import Counter
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import callbacks, layers, optimizers
from keras.initializers import Constant
from keras.optimizers.schedules import CosineDecay, CosineDecayRestarts, ExponentialDecay
from rich.console import Console

from atolye.data import TableEncoder, load_dataset
from atolye.labs.drawing import draw_lines
from atolye.labs.hafta1_pazar import uygulama_02_slide_checks as slide_checks
from atolye.labs.local_digits import load_digits
from atolye.labs.options import parse_options
from atolye.labs.record import lab_info, print_summary
from atolye.labs.seed_table import seed_table
from atolye.labs.steps import Steps
from atolye.layers import BatchNormalization
from atolye.report import Page, line_panels
from atolye.train.callbacks import LearningRateLogger, LivePlotter, learning_curves, sparkline
from atolye.train.checks import check_training
from atolye.train.create_variables import create_variables
from atolye.train.lr_finder import find_lr
from atolye.train.same_start import snapshot, start_over
from atolye.train.schedules import CyclicalLearningRate, FlatCosine, OneCycle, count_updates

BANDS = {  # lowest and highest figure to expect
    "quick": {"table_test_accuracy": (0.93, 1.0), "digits_test_accuracy": (0.88, 0.96), "largest_gap": (0.0, 1e-6)},
    "default": {"table_test_accuracy": (0.94, 1.0), "digits_test_accuracy": (0.93, 0.97), "largest_gap": (0.0, 1e-6)},
}
# rate: Adam's for the table, 0.001 on the slide; table: epochs at most, early stopping ends sooner; goal: validation
# accuracy at which our own callback stops; digits, epochs and seeds: of each schedule.
QUICK: dict[str, Any] = {"rate": 0.01, "table": 20, "goal": 0.85, "digits": 3500, "epochs": 1, "seeds": 1}
DEFAULT: dict[str, Any] = {"rate": 0.001, "table": 200, "goal": 0.92, "digits": 3500, "epochs": 10, "seeds": 3}
FULL: dict[str, Any] = {"rate": 0.001, "table": 500, "goal": 0.975, "digits": 60_000, "epochs": 20, "seeds": 3}
BATCH = 128  # digits in an update
LOW, TOP = 0.03, 0.3  # rates of every schedule; TOP is too high as a constant, which is where the shape matters


class Diary(callbacks.Callback):
    """Our own callback: counts its hooks, keeps what they see, and ends a training that is good enough."""

    def __init__(self, *, watch: Path | None = None, good_enough: float = 2.0) -> None:
        super().__init__()
        self.watch = watch  # a file: how often is it written?
        self.good_enough = good_enough  # validation accuracy; above 1 never stops

    def on_train_begin(self, logs: Any = None) -> None:
        self.calls = Counter(["on_train_begin"])
        self.losses: list[float] = []
        self.weights: list[list[np.ndarray]] = []
        self.written: list[int] = []

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        self.calls["on_batch_end"] += 1
        self.losses.append(logs["loss"])

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.calls["on_epoch_end"] += 1
        self.weights.append(snapshot(self.model.weights))
        self.written.append(self.watch.stat().st_mtime_ns if self.watch and self.watch.exists() else 0)
        if logs["val_accuracy"] >= self.good_enough:
            self.model.stop_training = True


class FollowRates(callbacks.Callback):
    """Write the rate of the coming update into the optimizer: one compiled step serves all schedules."""

    def __init__(self, rates: np.ndarray) -> None:
        super().__init__()
        self.rates = rates

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.model.optimizer.learning_rate = self.rates[int(self.model.optimizer.iterations)]


def slide_model() -> keras.Model:
    """The network of the Keras slide, for the 30 columns of Breast Cancer."""
    return keras.Sequential(
        [
            layers.Input((30,)),
            layers.Dense(256, "relu", kernel_initializer="he_normal", kernel_regularizer=keras.regularizers.L2(1e-4)),
            BatchNormalization(momentum=0.9),  # Keras's 0.99 needs 300 updates; an epoch here has 13
            layers.Dropout(0.3),
            layers.Dense(128, "relu", kernel_initializer="he_normal"),
            BatchNormalization(momentum=0.9),
            layers.Dropout(0.25),
            layers.Dense(1, "sigmoid"),
        ]
    )


def digit_model(bias: float = 0.0) -> keras.Model:
    """A small network for digits, logits out; a bias of -100 kills every ReLU, so that nothing can be learned."""
    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Rescaling(1 / 255),
            layers.Flatten(),
            layers.Dense(128, "relu", kernel_initializer="he_normal", bias_initializer=Constant(bias)),
            BatchNormalization(momentum=0.9),
            layers.Dropout(0.2),
            layers.Dense(10),
        ]
    )


def main(
    *,
    quick: bool = False,
    full: bool = False,
    data_dir: str | Path | None = None,
    seed: int = 0,
    lang: str = "tr",
    out: str | Path | None = None,
) -> dict[str, Any]:
    """Run the lab and return its figures."""
    started, size = time.perf_counter(), QUICK if quick else FULL if full else DEFAULT
    page = Page(out or "runs/lab-1.2", texts=Path(__file__).with_suffix(".toml"), lang=lang)
    seeds, epochs = range(seed, seed + size["seeds"]), size["epochs"]

    # --- Data -------------------------------------------------------------------------------------------------------
    table = load_dataset("breast_cancer")
    encoder = TableEncoder().fit(table.train.inputs, table.columns)  # mean 0, deviation 1, measured on train only
    x, x_val, x_test = (encoder.transform(part.inputs) for part in (table.train, table.validation, table.test))
    y, y_val, y_test = table.train.targets, table.validation.targets, table.test.targets
    digits = load_digits(data_dir=data_dir, small=quick).limit(size["digits"], seed=seed)
    images, labels = digits.train.inputs, digits.train.targets
    held_out = (digits.validation.inputs, digits.validation.targets)
    on_digits = {"validation_data": held_out, "batch_size": BATCH, "validation_batch_size": 1024, "verbose": 0}

    # --- Technique: the learning rate as a function of the update -----------------------------------------------------
    updates = count_updates(len(labels), BATCH, epochs=epochs)
    warm, half = updates // 10, -(-updates // 6)  # updates of warm-up; half a cycle, of which there are three
    plans: dict[str, Any] = {
        "constant": lambda update: TOP,
        "exponential": ExponentialDecay(TOP, decay_steps=1000, decay_rate=0.96),
        "cosine": CosineDecay(TOP, decay_steps=updates),
        "cosine_restarts": CosineDecayRestarts(TOP, first_decay_steps=-(-updates // 7), t_mul=2.0),
        "warmup_cosine": CosineDecay(0.0, updates - warm, warmup_target=TOP, warmup_steps=warm),
        "triangular": CyclicalLearningRate(LOW, TOP, step_size=half),
        "triangular2": CyclicalLearningRate(LOW, TOP, step_size=half, mode="triangular2"),
        "exp_range": CyclicalLearningRate(LOW, TOP, step_size=half, mode="exp_range", gamma=0.1 ** (1 / updates)),
        "one_cycle": OneCycle(TOP, updates),
        "flat_cosine": FlatCosine(TOP, updates),
    }
    rates = {name: np.array([float(plan(update)) for update in range(updates)]) for name, plan in plans.items()}
    parts = [f"{name}, seed {trial}" for trial in seeds for name in ("minimum", "steepest", "valley", *rates)]
    shares = {"early stopping": 8, "own callback": 4, "range test": 3} | dict.fromkeys(parts, epochs / 4)
    step = Steps("lab 1.2", shares)

    # --- 1 to 3. Stop, save, slow down, with the slide's numbers ----------------------------------------------------
    step("early stopping")
    keras.utils.set_random_seed(seed)
    model = slide_model()
    adam, auc = optimizers.Adam(size["rate"]), keras.metrics.AUC(name="auc")
    model.compile(adam, "binary_crossentropy", metrics=["accuracy", auc])
    create_variables(model, x[:1], y[:1])  # now, since Keras traces a step that makes variables twice
    file = page.path / "best_model.keras"
    early = callbacks.EarlyStopping("val_loss", patience=15, min_delta=1e-4, restore_best_weights=True)
    checkpoint = callbacks.ModelCheckpoint(file, monitor="val_auc", mode="max", save_best_only=True)
    plateau = callbacks.ReduceLROnPlateau("val_loss", factor=0.3, patience=7, min_lr=1e-7)
    steering = [LearningRateLogger(), early, checkpoint, plateau, diary := Diary(watch=file)]
    on_table = {"validation_data": (x_val, y_val), "epochs": size["table"], "verbose": 0}
    check_training(model, steering, validation=True, targets=y)
    history = pd.DataFrame(model.fit(x, y, batch_size=32, callbacks=steering, **on_table).history)
    best, best_auc = early.best_epoch, int(history["val_auc"].argmax())
    returned = model.evaluate(x_val, y_val, return_dict=True, verbose=0)
    saved = keras.models.load_model(file).evaluate(x_val, y_val, return_dict=True, verbose=0)
    kept = [
        ["returned", "val_loss", best + 1, history["val_loss"][best], returned["loss"], returned["accuracy"]],
        ["file", "val_auc", best_auc + 1, history["val_auc"][best_auc], saved["auc"], saved["accuracy"]],
    ]
    gap = max(abs(row[3] - row[4]) for row in kept)
    restored = all(map(np.array_equal, snapshot(model.weights), diary.weights[best]))

    page.section("early_stopping", epochs=len(history), best=best + 1, train=len(y), rate=size["rate"])
    writes = np.array(sorted({diary.written.index(moment) for moment in diary.written if moment}))  # epochs, from 0
    curves = learning_curves(history[["loss", "val_loss", "auc", "val_auc", "learning_rate"]].to_dict("list"))
    curves.axes[0].axvline(best + 1, color="#8a939e", linestyle="--", label="weights are put back")
    curves.axes[1].plot(writes + 1, history["val_auc"][writes], "o", label="file is written")
    for panel in curves.axes[:2]:
        panel.legend()
    page.figure("steering_curves", curves)
    stale = history["val_loss"].iloc[-1]
    page.notice("restored", tone="good", same=str(restored), best=returned["loss"], end=stale)
    page.section("checkpoint")
    columns = ["holder", "monitor", "epoch", "reported", "evaluated", "val_accuracy"]
    page.table("kept", pd.DataFrame(kept, columns=columns))
    page.slide_check("overwrite", measured=len(writes), expected=len(history))
    slide_checks.check_metric_name(page)
    page.section("plateau")
    rate = history["learning_rate"].to_numpy()
    cut = np.flatnonzero(np.diff(rate))  # the epoch, from 0, after which the rate fell
    old, new = ([f"{value:.3g}" for value in rate[cut + shift]] for shift in (0, 1))
    page.table("cuts", pd.DataFrame({"epoch": cut + 1, "before": old, "after": new}))
    slide_checks.check_schedule_with_plateau(page, x, y)

    # --- 4. A callback of our own -------------------------------------------------------------------------------------
    step("own callback")
    keras.utils.set_random_seed(seed)
    net, loss = digit_model(), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile(optimizers.SGD(0.01, momentum=0.9), loss, metrics=["accuracy"])
    create_variables(net, images[:1], labels[:1])
    start, stopper = snapshot(net.variables), Diary(good_enough=size["goal"])
    plotter = LivePlotter(page.path / "live_plot.png", console=Console(quiet=True))  # the terminal has the bar
    net.fit(images, labels, epochs=20, callbacks=[LearningRateLogger(), stopper, plotter], **on_digits)

    page.section("own_callback", accuracy=size["goal"], epochs=stopper.calls["on_epoch_end"])
    page.table("hooks", pd.DataFrame({"hook": list(stopper.calls), "calls": list(stopper.calls.values())}))
    means = np.array(stopper.losses[: -(-len(labels) // BATCH)])  # of the first epoch
    alone = np.diff(means * np.arange(1, len(means) + 1), prepend=0)
    lines = {"loss of this batch": alone, "logs[loss]": means}
    page.figure("batch_log", draw_lines(lines, x_label="batch", y_label="loss", width=10.4))
    page.figure("live_curves", learning_curves(plotter.history))
    rows = [[name, sparkline(values), values[0], values[-1]] for name, values in plotter.history.items()]
    page.table("sparklines", pd.DataFrame(rows, columns=["name", "curve", "first", "last"]))

    # --- 6. The range test, which leaves no trace ---------------------------------------------------------------------
    step("range test")
    start_over(net, start, seed=seed)
    before = snapshot([*net.variables, *net.optimizer.variables])
    found = find_lr(net, images, labels, min_lr=1e-7, max_lr=1.0, steps=100, batch_size=BATCH, seed=seed)
    untouched = all(map(np.array_equal, before, snapshot([*net.variables, *net.optimizer.variables])))
    dead = digit_model(bias=-100.0)
    dead.compile(optimizers.SGD(0.01, momentum=0.9), loss)
    flat = find_lr(dead, images, labels, min_lr=1e-7, max_lr=1.0, steps=100, batch_size=BATCH, seed=seed)
    suggested = {name: np.full(updates, rate) for name, rate in found.suggestions.items() if rate is not None}

    # --- 5. Every schedule from the same weights, over the same order of digits ---------------------------------------
    runs: dict[str, list[pd.DataFrame]] = {name: [] for name in suggested | rates}
    ends: dict[str, list[np.ndarray]] = {}
    for trial in seeds:
        keras.utils.set_random_seed(trial)
        start = snapshot(digit_model().variables)
        for name, plan in (suggested | rates).items():
            step(f"{name}, seed {trial}")
            start_over(net, start, seed=trial)
            fit = net.fit(images, labels, epochs=epochs, callbacks=[FollowRates(plan)], **on_digits)
            runs[name].append(pd.DataFrame(fit.history))
            ends.setdefault(name, snapshot(net.variables))
    inside = digit_model()  # the usual way: the schedule is the optimizer's learning rate
    inside.compile(optimizers.SGD(plans["cosine"], momentum=0.9), loss, metrics=["accuracy"])
    create_variables(inside, images[:1], labels[:1])
    start_over(inside, start, seed=trial)
    usual = inside.fit(images, labels, epochs=epochs, **on_digits).history["val_loss"]
    results = seed_table(runs)
    results["learning_rate"] = [(suggested | rates)[name].max() for name in results.index]
    accuracy = results["val_accuracy"].to_dict()

    page.section("range_test")
    page.figure("range_curve", found.figure())
    page.figure("flat_curve", flat.figure())
    columns = ["plan", "learning_rate", "loss", "val_loss", "val_accuracy", "spread"]
    page.table("suggestions", results.loc[[*suggested, "constant"]].reset_index(names="plan")[columns])
    page.notice("no_trace", tone="good", untouched=str(untouched), arrays=len(before))
    page.notice("cannot_tell", tone="warning", verdict=flat.verdict, reason=flat.reason)
    page.section("schedules", top=TOP, low=LOW, updates=updates, epochs=epochs, seeds=len(seeds), digits=len(labels))
    page.figure("shapes", line_panels(np.arange(updates), rates, xlabel="update"))
    losses = {name: np.mean([frame["val_loss"] for frame in runs[name]], axis=0) for name in rates}
    page.figure("val_loss_curves", line_panels(np.arange(1, epochs + 1), losses, xlabel="epoch"))
    shapes = results.drop(index=list(suggested)).reset_index(names="plan").drop(columns="learning_rate")
    page.table("schedule_table", shapes, seeds=len(seeds))
    inside_gap = float(abs(usual[-1] - runs["cosine"][-1]["val_loss"].iloc[-1]))
    page.notice("inside", gap=inside_gap)
    slide_checks.check_schedules(page, updates=updates, kept_share=rates["exponential"][-1] / TOP)
    peaks = {name: int((np.diff(np.sign(np.diff(rates[name]))) < 0).sum()) for name in ("triangular", "one_cycle")}
    page.slide_check("super_convergence", measured=peaks["triangular"], expected=peaks["one_cycle"], **accuracy)

    # --- Evaluate: all choices were made on validation; the test sets, once -------------------------------------------
    winner = max(rates, key=lambda name: accuracy[name])
    start_over(net, ends[winner], seed=seed)
    test = net.evaluate(digits.test.inputs, digits.test.targets, batch_size=1024, return_dict=True, verbose=0)
    figures = {
        "table_test_accuracy": model.evaluate(x_test, y_test, return_dict=True, verbose=0)["accuracy"],
        "table_epochs": len(history),
        "weights_restored": restored,
        "largest_gap": float(gap),
        "range_test_left_no_trace": untouched,
        "suggested_rate": found.recommended,
        "flat_curve": flat.verdict,
        "best_schedule": winner,
        "best_val_accuracy": accuracy[winner],
        "gain_over_constant": accuracy[winner] - accuracy["constant"],
        "schedule_inside_gap": inside_gap,
        "digits_test_accuracy": test["accuracy"],
    }
    page.section("test_once", plan=winner, **figures)

    # --- Notice -----------------------------------------------------------------------------------------------------
    page.headline("headline_table", figures["table_test_accuracy"])
    page.headline("headline_stop", len(history), best=best + 1)
    page.headline("headline_rate", found.recommended)
    page.headline("headline_digits", test["accuracy"], plan=winner)
    page.section("notice", best=best + 1, auc=best_auc + 1, constant=accuracy["constant"], **figures)
    page.section("try_this")
    step.done()
    mode = "quick" if quick else "full" if full else "default"
    report = page.save(lab_info("1.2", mode=mode, seed=seed, started=started, figures=figures, data=digits.summary()))
    print_summary("lab 1.2", figures, report)
    return figures


if __name__ == "__main__":
    main(**parse_options(__doc__))
