"""Lab 1.1: the Sequential API, one line of the slide's network at a time.

Question: what does each line of a Sequential network do, and how would we know?
Technique: Dense, activations, initialisation, L1 and L2, parameters, batch normalization, dropout, Shapley values.
Papers: Glorot and Bengio (2010); He et al. (2015) arXiv:1502.01852; Srivastava et al. (2014); Ioffe and Szegedy (2015)
arXiv:1502.03167; Klambauer et al. (2017) arXiv:1706.02515; Gal and Ghahramani (2016) arXiv:1506.02142.
Run: atolye lab 1.1, or: python -m atolye.labs.hafta1_pazar.uygulama_01_keras_sequential [--quick | --full]
Expect: the bands below. benchmarks/labs.py measures the default: its figures, and its seconds.
"""

import atolye  # isort: skip  # noqa: F401  first, so that TensorFlow starts with oneDNN
import time
import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import layers, regularizers
from keras.optimizers.schedules import CosineDecay
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from atolye.data import TableEncoder, load_dataset
from atolye.evaluate import metrics
from atolye.explain import explain_table, predict_with_uncertainty
from atolye.labs.drawing import draw_activations, draw_histograms, draw_intervals, draw_lines
from atolye.labs.hafta1_pazar.uygulama_01_slide_checks import (
    check_activations,
    check_code,
    check_dropout,
    check_mc_dropout,
)
from atolye.labs.local_digits import load_digits
from atolye.labs.options import parse_options
from atolye.labs.record import lab_info, print_summary
from atolye.labs.slope_tensorflow import with_slope_errors
from atolye.labs.steps import Steps
from atolye.layers import ACTIVATIONS, BatchNormalization, activation_layer, activation_table
from atolye.profile import parameter_table, signal_statistics
from atolye.report import Page
from atolye.train.create_variables import create_variables
from atolye.train.estimators import AtolyeClassifier
from atolye.train.same_start import snapshot, start_over

BANDS = {  # lowest and highest figure to expect; the digits are mnist_small in quick mode, and mnist in the default
    "quick": {"cancer_accuracy": (0.93, 1.0), "cancer_auc": (0.98, 1.0), "digits_accuracy": (0.90, 0.97)},
    "default": {"cancer_accuracy": (0.95, 1.0), "cancer_auc": (0.99, 1.0), "digits_accuracy": (0.98, 0.99)},
}
ALL, SOME, RATES = tuple(ACTIVATIONS), ("relu", "sigmoid"), (0.01, 0.1, 1.0)
# Epochs of the slide's network on each dataset; digits and epochs of every comparison; activations, learning rates and
# folds that are compared.
QUICK = {"table": 5, "digits": 3, "rows": 1000, "epochs": 2, "names": SOME, "rates": RATES[1:2], "folds": 0}
DEFAULT = {"table": 100, "digits": 14, "rows": 5000, "epochs": 7, "names": ALL, "rates": RATES, "folds": 3}
FULL = {"table": 200, "digits": 60, "rows": 60_000, "epochs": 20, "names": ALL, "rates": RATES, "folds": 5}
SHARES = {"data": 4, "slide network": 60, "activations": 70, "initialisation": 10, "regularisation": 20}
SHARES |= {"batch normalization": 50, "dropout": 10, "pipeline": 30}  # of the default's time, for the progress bar
DEPTH, WIDTH = 8, 64  # hidden layers of the deep network that sections 2 and 3 look into, and units in each
PAIRS = (("relu", "he_normal"), ("relu", "glorot_normal"), ("selu", "lecun_normal"), ("selu", "he_normal"))
PENALTIES = {"none": (0.0, 0.0), "L1": (1e-3, 0.0), "L2": (0.0, 1e-2), "elastic net": (5e-4, 5e-3)}  # of |w|, of w²
PLACES = ("without", "after", "before")  # of batch normalization: none, after the activation, before it
COLUMNS = ["mean radius", "mean texture", "mean concavity", "worst perimeter", "worst concave points"]


def slide_network(num_features: int, output: keras.Layer) -> keras.Sequential:
    """The slide's network, line by line; only the output depends on the task."""
    return keras.Sequential(
        [
            layers.Input(shape=(num_features,)),
            layers.Dense(256, "relu", kernel_initializer="he_normal", kernel_regularizer=regularizers.L2(1e-4)),
            BatchNormalization(),  # Keras's layer with a faster kernel
            layers.Dropout(0.3),
            layers.Dense(128, "relu", kernel_initializer="he_normal"),
            BatchNormalization(),
            layers.Dropout(0.25),
            output,
        ]
    )


def deep_network(activation: str, initializer: str) -> keras.Sequential:
    """Many narrow layers, so that what a layer does to a signal adds up until it shows."""
    hidden: list[keras.Layer] = []
    for _ in range(DEPTH):
        hidden += [layers.Dense(WIDTH, kernel_initializer=initializer), activation_layer(activation)]
    return keras.Sequential([layers.Input((784,)), *hidden, layers.Dense(10, "softmax")])


def main(
    *,
    quick: bool = False,
    full: bool = False,
    data_dir: str | Path | None = None,
    seed: int = 0,
    lang: str = "tr",
    out: str | Path | None = None,
) -> dict[str, float]:
    """Run the lab, leave its page in `out`, and return its figures."""
    started, mode = time.perf_counter(), "quick" if quick else "full" if full else "default"
    size: dict[str, Any] = {"quick": QUICK, "default": DEFAULT, "full": FULL}[mode]
    page = Page(Path(out or "runs/lab-1.1"), texts=Path(__file__).with_suffix(".toml"), lang=lang)
    step = Steps("lab 1.1", SHARES)

    # --- Data -------------------------------------------------------------------------------------------------------
    step("data")
    table = load_dataset("breast_cancer")
    encoder = TableEncoder().fit(table.train.inputs, table.columns)  # mean 0, deviation 1, learned from train alone
    x, x_val, x_test = (encoder.transform(part.inputs) for part in (table.train, table.validation, table.test))
    y, y_val = table.train.targets, table.validation.targets
    digits = load_digits(data_dir=data_dir, small=quick)
    few = digits.limit(size["rows"]).train  # for comparisons; even over the classes
    mean, deviation = np.float32(few.inputs.mean()), np.float32(few.inputs.std())
    images, images_val, images_test, images_few = (  # (n, 28, 28, 1) -> (n, 784)
        (part.inputs.reshape(len(part), -1) - mean) / deviation
        for part in (digits.train, digits.validation, digits.test, few)
    )
    held_out = (images_val, digits.validation.targets)
    compared = {"validation_data": held_out, "epochs": size["epochs"], "batch_size": 64, "verbose": 0}
    page.section("data", digits=digits.name, train=len(digits.train), test=len(digits.test), rows=len(few))

    # --- 1. The slide's network: the epoch is chosen on validation, the test split waits until the end --------------
    step("slide network")
    keras.utils.set_random_seed(seed)
    network = slide_network(30, layers.Dense(1, "sigmoid"))
    network.summary()  # before compile, since later it counts the optimizer's variables as well
    network.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy", "AUC"])
    create_variables(network, x[:1], y[:1])  # now, since Keras traces a step that makes variables twice
    best = keras.callbacks.EarlyStopping("val_loss", patience=30, restore_best_weights=True)
    history = network.fit(
        x, y, validation_data=(x_val, y_val), epochs=size["table"], callbacks=[best], verbose=0
    ).history
    digit_network = slide_network(784, layers.Dense(10, "softmax"))
    updates = size["digits"] * -(-len(images) // 128)
    adam = keras.optimizers.Adam(CosineDecay(2e-3, updates))  # lab 1.2 shows why the rate falls
    digit_network.compile(adam, "sparse_categorical_crossentropy", metrics=["accuracy"])
    create_variables(digit_network, images[:1], digits.train.targets[:1])
    best = keras.callbacks.EarlyStopping("val_accuracy", patience=99, mode="max", restore_best_weights=True)
    settings = {"validation_data": held_out, "epochs": size["digits"], "batch_size": 128, "verbose": 0}
    digit_history = digit_network.fit(images, digits.train.targets, callbacks=[best], **settings).history
    page.section("slide_network")
    page.figure("table_loss", draw_lines({name: history[name] for name in ("loss", "val_loss")}, y_label="loss"))
    curves = {name: digit_history[name] for name in ("accuracy", "val_accuracy")}
    page.figure("digit_accuracy", draw_lines(curves, y_label="accuracy"), digits=digits.name)
    check_code(page)

    # --- 5. Parameters, counted by hand and by Keras ----------------------------------------------------------------
    counts = parameter_table(network)
    page.section("parameters", **counts.attrs["totals"])
    page.table("parameter_counts", counts[["layer", "formula", "by_formula", "by_keras", "not_trainable"]])

    # --- 2. Activations: formula, derivative against automatic differentiation, and a deep network with each --------
    step("activations")
    page.section("activations")
    formulas = with_slope_errors(activation_table())
    page.table("activation_formulas", formulas[["name", "formula", "derivative", "error"]])
    page.figure("activation_plots", draw_activations())
    batch = (images_few[:500], few.targets[:500], "sparse_categorical_crossentropy")
    accuracies, gradients, rows, deep, start = {}, {}, [], {}, {}
    for name in size["names"]:
        keras.utils.set_random_seed(seed)  # the same initial kernels for all; only SELU's paper asks for others
        deep[name] = model = deep_network(name, "lecun_normal" if name == "selu" else "he_normal")
        gradients[name] = signal_statistics(model, *batch)["weight_gradient_norm"].dropna().tolist()[: DEPTH + 1]
        model.compile(keras.optimizers.SGD(0.02, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
        create_variables(model, images_few[:1], few.targets[:1])
        start[name] = snapshot(model.variables)
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # "Gradients do not exist": binary_step's
            accuracies[name] = model.fit(images_few, few.targets, **compared).history["val_accuracy"]
        rows.append((name, accuracies[name][-1], gradients[name][0] / gradients[name][-1]))
    page.text("activation_training", depth=DEPTH, width=WIDTH)
    page.table("activation_results", pd.DataFrame(rows, columns=["name", "val_accuracy", "ratio"]))
    page.figure("activation_accuracy", draw_lines(accuracies, y_label="val_accuracy"))
    page.figure("gradient_norms", draw_lines(gradients, x_label="layer", y_label="gradient norm", y_log=True))
    # Dying ReLU: a step too large pushes units to where every input gives zero, and zero has no gradient.
    deaths = [(0.02, signal_statistics(deep["relu"], *batch)["dead_share"][1:-1:2].mean(), accuracies["relu"][-1])]
    for rate in (0.1,) if quick else (0.05, 0.1):
        start_over(deep["relu"], start["relu"], seed=seed)
        deep["relu"].optimizer.learning_rate = rate
        log = deep["relu"].fit(images_few, few.targets, **compared).history
        dead = signal_statistics(deep["relu"], *batch)["dead_share"][1:-1:2].mean()
        deaths.append((rate, dead if np.isfinite(log["loss"][-1]) else np.nan, log["val_accuracy"][-1]))
    page.table("dying_relu", pd.DataFrame(deaths, columns=["rate", "dead", "val_accuracy"]))
    check_activations(page)

    # --- 3. He against Glorot ---------------------------------------------------------------------------------------
    step("initialisation")
    spreads, backward, curves = {}, {}, {"he_normal": accuracies["relu"]}
    for activation, initializer in PAIRS:
        keras.utils.set_random_seed(seed)
        model = deep_network(activation, initializer)
        signals, name = signal_statistics(model, *batch)[1:-1:2], f"{activation}, {initializer}"  # after activations
        spreads[name] = np.sqrt(signals["activation_variance"]).tolist()
        backward[name] = np.sqrt(signals["output_gradient_variance"]).tolist()
        if (activation, initializer) == ("relu", "glorot_normal"):
            start_over(deep["relu"], snapshot(model.variables), seed=seed)
            deep["relu"].optimizer.learning_rate = 0.02
            curves["glorot_normal"] = deep["relu"].fit(images_few, few.targets, **compared).history["val_accuracy"]
    kept = {name: (values[-1] / values[0]) ** (2 / (DEPTH - 1)) for name, values in spreads.items()}  # variance
    page.section("initialisation", he=kept["relu, he_normal"], glorot=kept["relu, glorot_normal"])
    page.figure("signal_forward", draw_lines(spreads, x_label="layer", y_label="deviation", y_log=True))
    page.figure("signal_backward", draw_lines(backward, x_label="layer", y_label="deviation", y_log=True))
    page.figure("initialisation_accuracy", draw_lines(curves, y_label="val_accuracy"))
    page.slide_check(
        "selu_initialisation", measured=kept["selu, he_normal"], expected=1, lecun=kept["selu, lecun_normal"]
    )

    # --- 4. L1, L2, elastic net -------------------------------------------------------------------------------------
    step("regularisation")
    kernels, rows = {}, []
    for name, penalty in list(PENALTIES.items())[: 3 if quick else None]:
        keras.utils.set_random_seed(seed)
        cost, model = regularizers.L1L2(*penalty), keras.Sequential([layers.Input((30,))])
        for _ in range(2):
            model.add(layers.Dense(WIDTH, "relu", kernel_initializer="he_normal", kernel_regularizer=cost))
        model.add(layers.Dense(1, "sigmoid"))
        model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "binary_crossentropy")
        create_variables(model, x[:1], y[:1])
        # The table many times over as one epoch: no curve is needed, and an epoch costs more than its steps here.
        model.fit(np.tile(x, (size["table"], 1)), np.tile(y, size["table"]), batch_size=64, verbose=0)
        kernels[name] = kernel = model.layers[0].get_weights()[0]
        losses = [metrics(part, np.array(model(data)))["log_loss"] for part, data in ((y, x), (y_val, x_val))]
        rows.append((name, *losses, np.linalg.norm(kernel), (abs(kernel) < 1e-3).mean(), (kernel == 0).mean()))
    columns = ["name", "train_loss", "val_loss", "norm", "below", "zero"]
    page.section("regularisation")
    page.table("penalties", pd.DataFrame(rows, columns=columns))
    page.notice("exact_zeros", below=rows[1][-2], zero=rows[1][-1])
    page.slide_check("penalty_helps", measured=rows[2][2], expected=f"< {rows[0][2]:.4f}", plain=rows[0][2])
    page.figure("weight_histograms", draw_histograms(kernels, x_label="weight"))

    # --- 6. Batch normalization: by hand, at growing learning rates, and in three places ----------------------------
    step("batch normalization")
    sample = images_few[:256]
    normalised = (sample - sample.mean(axis=0)) / np.sqrt(sample.var(axis=0) + 1e-3)  # gamma is 1 and beta 0 at first
    by_layer = BatchNormalization(epsilon=1e-3)(sample, training=True)
    bn_gap = float(abs(normalised - np.array(by_layer)).max())
    curves = {}
    places = PLACES[: 2 if quick else None]
    for place in places:
        keras.utils.set_random_seed(seed)
        model = keras.Sequential([layers.Input((784,))])
        for _ in range(3):
            model.add(layers.Dense(WIDTH, kernel_initializer="he_normal", use_bias=place != "before"))
            if place == "before":
                model.add(BatchNormalization(momentum=0.9))
            model.add(layers.Activation("relu"))
            if place == "after":
                model.add(BatchNormalization(momentum=0.9))
        model.add(layers.Dense(10, "softmax"))
        model.compile(keras.optimizers.SGD(), "sparse_categorical_crossentropy", metrics=["accuracy"])
        create_variables(model, images_few[:1], few.targets[:1])
        weights = snapshot(model.variables)
        for rate in size["rates"]:
            start_over(model, weights, seed=seed)
            model.optimizer.learning_rate = rate
            curves[place, rate] = model.fit(images_few, few.targets, **compared).history["val_accuracy"]
    best_of = {place: max((curves[place, rate] for rate in size["rates"]), key=max) for place in places}
    goal = max(best_of["without"])  # how many epochs does each need for the best that the plain network ever reached?
    epochs = {name: next((i for i, v in enumerate(best_of[name], 1) if v >= goal), np.inf) for name in places}
    results = pd.DataFrame([(rate, *(curves[place, rate][-1] for place in places)) for rate in size["rates"]])
    page.section("batch_normalization", gap=bn_gap)
    page.table("normalization_rates", results.set_axis(["rate", *places], axis=1))
    page.figure("normalization_curves", draw_lines(best_of, y_label="val_accuracy", width=10.4))
    page.slide_check("ten_times", measured=epochs["without"] / epochs["after"], expected=10, goal=goal, **epochs)

    # --- 7. Dropout: four kinds, and what prediction does with them -------------------------------------------------
    step("dropout")
    ones, noise = np.ones((1000, 20, 50), "float32"), np.random.default_rng(seed).normal(size=(2000, 500))
    dropped = np.array(layers.Dropout(0.3, seed=seed)(ones, training=True))
    spatial = np.array(layers.SpatialDropout1D(0.2, seed=seed)(ones, training=True))
    whole = (spatial == spatial[:, :1]).all(axis=1).mean()  # channels that are kept or dropped in all 20 steps
    selu = np.array(keras.activations.selu(noise.astype("float32")))  # mean 0, deviation 1
    rows = []
    for layer in (layers.Dropout(0.1, seed=seed), layers.AlphaDropout(0.1, seed=seed)):
        signal = selu
        for _ in range(10):
            signal = np.array(layer(signal, training=True))
        rows.append((type(layer).__name__, signal.mean(), signal.std()))
    dropped_share = (dropped == 0).mean()
    page.section("dropout", share=dropped_share, whole=whole)
    page.table("alpha_dropout", pd.DataFrame(rows, columns=["layer", "mean", "deviation"]))
    check_dropout(page)
    sure = predict_with_uncertainty(network, x_val, passes=100, seed=seed)
    page.text("uncertainty")
    page.figure("uncertainty_intervals", draw_intervals(sure.mean[:, 1], sure.lower[:, 1], sure.upper[:, 1], y_val))
    wrong = sure.mean.argmax(axis=1) != y_val
    width = sure.upper[:, 1] - sure.lower[:, 1]
    if wrong.any():
        page.notice("uncertain_mistakes", wrong=wrong.sum(), bad=width[wrong].mean(), good=width[~wrong].mean())
    check_mc_dropout(page, network, x_val)

    # --- 8. A network in a scikit-learn Pipeline, and Shapley values of its answers ---------------------------------
    step("pipeline")

    def readable(frame: pd.DataFrame) -> pd.DataFrame:
        kinds = pd.cut(frame["mean area"], [0, 450, 700, np.inf], labels=["small", "medium", "large"])
        return frame[COLUMNS].assign(size=kinds.astype(str))

    encode = ColumnTransformer([("kinds", OneHotEncoder(), ["size"])], remainder=StandardScaler())
    estimator = AtolyeClassifier((64, 32), epochs=size["table"] // 2, learning_rate=3e-3, random_state=seed)
    pipeline = make_pipeline(encode, estimator)
    train, labels = readable(table.train.inputs), np.array(table.class_names)[y]
    folds = cross_val_score(pipeline, train, labels, cv=size["folds"]) if size["folds"] else np.array([np.nan])
    pipeline.fit(train, labels)
    rows_val = readable(table.validation.inputs)
    scores = metrics(y_val, pipeline.predict_proba(rows_val)[:, list(pipeline.classes_).index("benign")])
    background = train.sample(50, random_state=seed)
    explanation = explain_table(
        pipeline.predict_proba,
        rows_val[: 20 if quick else 40],
        background,
        output_names=pipeline.classes_,
        num_permutations=5,
        seed=seed,
    )
    page.section("pipeline", accuracy=scores["accuracy"], auc=scores["auc"], folds=folds.mean())
    page.figure("shapley_bars", explanation.bar_figure())
    page.figure("shapley_swarm", explanation.beeswarm_figure())
    gap = explanation.additivity_gap
    page.notice("additivity", tone="good" if gap < 1e-5 else "warning", gap=gap, method=explanation.method)

    # --- Evaluate: the test split, once -----------------------------------------------------------------------------
    cancer = metrics(table.test.targets, np.array(network(x_test)))
    digit = metrics(digits.test.targets, np.array(digit_network(images_test)))
    figures = {f"cancer_{name}": cancer[name] for name in ("accuracy", "auc")}
    figures |= {"digits_accuracy": digit["accuracy"], "pipeline_accuracy": scores["accuracy"], "additivity_gap": gap}
    figures |= {"derivative_error": float(formulas["error"].max()), "bn_by_hand_gap": bn_gap}
    figures |= {f"{name}_variance_kept": kept[f"relu, {name}_normal"] for name in ("he", "glorot")}
    page.section("test", cancer=cancer["accuracy"], auc=cancer["auc"], digits=digits.name, digit=digit["accuracy"])
    for name in ("cancer_accuracy", "cancer_auc", "digits_accuracy"):
        page.headline(name, f"{figures[name]:.3f}", digits=digits.name)

    # --- Notice -----------------------------------------------------------------------------------------------------
    page.section("notice", share=dropped_share)
    page.section("try_this")
    step.done()
    info = lab_info("1.1", mode=mode, seed=seed, started=started, figures=figures, data=table.summary())
    report = page.save(info)
    print_summary("lab 1.1", figures, report)
    return figures


if __name__ == "__main__":
    main(**parse_options(__doc__))
