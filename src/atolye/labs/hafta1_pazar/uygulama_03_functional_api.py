"""Lab 1.3: the Functional API, where a network is a graph: branches, merges, skips and several outputs.

Question: what can a graph do that a stack of layers cannot, and does it pay?
Technique: two inputs, four ways of merging, residual blocks, two outputs with a loss each, an auxiliary loss.
Papers: He et al. (2016) arXiv:1603.05027; Caruana (1997); Lee et al. (2015) arXiv:1409.5185; Szegedy et al. (2015)
arXiv:1409.4842; Cheng et al. (2016) arXiv:1606.07792.
Run: atolye lab 1.3, or: python -m atolye.labs.hafta1_pazar.uygulama_03_functional_api [--quick | --full]
Expect: the bands below. benchmarks/labs.py measures the default: its figures, and its seconds.
"""

import atolye  # isort: skip  # noqa: F401  first, so that TensorFlow starts with oneDNN
import time
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import layers, ops

from atolye.data import load_dataset
from atolye.evaluate import metrics
from atolye.labs.differences import draw_differences, paired_difference
from atolye.labs.drawing import draw_lines
from atolye.labs.hafta1_pazar.uygulama_03_slide_checks import LOSSES, check_graph, check_outputs, check_widths
from atolye.labs.local_digits import load_digits
from atolye.labs.options import parse_options
from atolye.labs.record import lab_info, print_summary
from atolye.labs.steps import Steps
from atolye.layers import BatchNormalization
from atolye.profile import model_graph, parameter_table, signal_statistics
from atolye.report import Page
from atolye.report.model_graph import draw_model_graph
from atolye.train.create_variables import create_variables
from atolye.train.same_start import same_weights, snapshot, start_over

BANDS: dict[str, dict[str, tuple[float, float]]] = {  # lowest and highest figure to expect
    "quick": {"cancer_accuracy": (0.91, 1.0), "residual_accuracy": (0.84, 0.93), "plain_accuracy": (0.3, 0.75)},
    "default": {"cancer_accuracy": (0.93, 1.0), "residual_accuracy": (0.88, 0.96), "plain_accuracy": (0.05, 0.3)},
}
BANDS["quick"] |= {"gradient_ratio": (0.0, 0.05)}  # of the first layer, plain over residual
BANDS["default"] |= {"gradient_ratio": (0.0, 1e-4)}
# Of each comparison: seeds (runs), epochs, weights of the auxiliary loss; epochs of the slide's network; blocks of two
# layers in the deep stacks, and rows, epochs and seeds of their training.
QUICK = {"runs": 2, "epochs": 5, "weights": (0, 1), "slide": 4, "blocks": (4,), "rows": 2000, "deep": 3, "seeds": 2}
DEFAULT = {"runs": 8, "epochs": 30, "weights": (0, 0.1, 0.3, 1, 3), "slide": 40, "blocks": (2, 4, 8, 16), "rows": 5000}
FULL = {"runs": 20, "epochs": 100, "weights": (0, 0.1, 0.3, 1, 3, 10), "slide": 200, "blocks": (2, 4, 8, 16, 32)}
DEFAULT |= {"deep": 12, "seeds": 3}
FULL |= {"rows": 60_000, "deep": 20, "seeds": 3}
SHARES = {"data": 3, "merging": 45, "skip connections": 70, "two outputs": 15, "auxiliary loss": 60}
WAYS = ("numeric_only", "concatenate", "add", "average", "multiply", "categorical_only")
MANY, FEW, HELD = 240, 60, 200  # rows to train on in the comparison of merges, of auxiliary losses; to judge on in both
RATE = 3e-3
SIZE_COLUMNS, DIFFERENCE = "radius|perimeter|area", "difference in log loss"


def encode(rows: pd.DataFrame, known: pd.DataFrame, *, hide_size: bool = False) -> tuple[list[np.ndarray], np.ndarray]:
    """Return 20 scaled columns, 10 columns of bins, and each tumour's size class; `known` alone sets scale and cuts."""
    scaled, cuts = (rows - known.mean()) / known.std(), known.quantile([1 / 3, 2 / 3])
    bins = (rows > cuts.iloc[0]).astype("float32") + (rows > cuts.iloc[1])  # 0 low, 1 middle, 2 high
    numeric, categorical = scaled.iloc[:, :20].copy(), bins.iloc[:, 20:].copy()
    if hide_size:  # what is not known is set to the middle
        numeric.loc[:, numeric.columns.str.contains(SIZE_COLUMNS)] = 0.0
        categorical.loc[:, categorical.columns.str.contains(SIZE_COLUMNS)] = 1.0
    return [numeric.to_numpy("float32"), categorical.to_numpy("float32")], bins["mean area"].to_numpy("int64")


def repeated(arrays: Any, epochs: int) -> Any:
    """Repeat the rows of nested arrays: on a small table, Keras takes longer to begin an epoch than to train it."""
    return keras.tree.map_structure(lambda rows: np.concatenate([rows] * epochs), arrays)


def slide_model(named: bool = False) -> keras.Model:
    """The slide's network, line by line; `named` gives its outputs as a dictionary."""
    inp_num = keras.Input(shape=(20,), name="numeric")
    inp_cat = keras.Input(shape=(10,), name="categorical")
    x1 = layers.Dense(64, "relu")(inp_num)
    x1 = BatchNormalization(momentum=0.9)(x1)  # 0.99 needs some 300 updates before inference is right
    x1 = layers.Dropout(0.3)(x1)
    x2 = layers.Dense(32, "relu")(inp_cat)
    merged = layers.concatenate([x1, x2])
    x = layers.Dense(64, "relu")(merged)
    out_main = layers.Dense(1, "sigmoid", name="main")(x)
    out_aux = layers.Dense(3, "softmax", name="aux")(x)
    outputs = {"main": out_main, "aux": out_aux} if named else [out_main, out_aux]
    return keras.Model(inputs=[inp_num, inp_cat], outputs=outputs)


def merging_model(merge: str, *, one_hot: bool = False) -> keras.Model:
    """The slide's branches with another merge, and the main output only."""
    inp_num = keras.Input(shape=(20,), name="numeric")
    inp_cat = keras.Input(shape=(10,), name="categorical")
    x1 = layers.Dense(64, "relu")(inp_num)
    x1 = layers.Dropout(0.3)(BatchNormalization(momentum=0.9)(x1))
    codes = layers.Flatten()(ops.one_hot(ops.cast(inp_cat, "int32"), 3)) if one_hot else inp_cat
    x2 = layers.Dense(32, "relu")(codes)
    if merge in ("add", "average", "multiply"):  # they need branches of one width
        x2 = layers.Dense(64)(x2)
    alone = {"numeric_only": x1, "categorical_only": x2}
    merged = alone[merge] if merge in alone else getattr(layers, merge)([x1, x2])  # layers.add([x1, x2]), ...
    x = layers.Dense(64, "relu")(merged)
    return keras.Model([inp_num, inp_cat], layers.Dense(1, "sigmoid", name="main")(x))


def stack(num_blocks: int, *, skip: bool, auxiliary: bool = False) -> keras.Model:
    """Blocks of two Dense layers, `x + f(x)` or plain `f(x)`; `auxiliary` adds an output in the middle."""
    inputs = keras.Input((784,), name="image")
    x = middle = layers.Dense(64)(inputs)
    for block in range(1, num_blocks + 1):
        y = layers.Dense(64)(layers.ReLU()(x))
        y = layers.Dense(64)(layers.ReLU()(y))
        x = layers.add([y, x]) if skip else y
        middle = x if block == num_blocks // 2 else middle
    main = layers.Dense(10, "softmax", name="main")(layers.ReLU()(x))
    if not auxiliary:
        return keras.Model(inputs, main)
    return keras.Model(inputs, [main, layers.Dense(10, "softmax", name="aux")(layers.ReLU()(middle))])


def main(*, quick=False, full=False, data_dir=None, seed=0, lang="tr", out=None) -> dict[str, float]:
    """Run the lab, leave its page in `out`, and return its figures."""
    started, size = time.perf_counter(), dict(QUICK if quick else FULL if full else DEFAULT)
    page = Page(Path(out or "runs/lab-1.3"), texts=Path(__file__).with_suffix(".toml"), lang=lang)
    step, runs = Steps("lab 1.3", SHARES), range(seed, seed + size["runs"])

    # --- Data -------------------------------------------------------------------------------------------------------
    step("data")
    table = load_dataset("breast_cancer")
    pool = pd.concat([table.train.inputs, table.validation.inputs])  # cut anew in each run; the test rows stay away
    malignant = 1 - np.concatenate([table.train.targets, table.validation.targets])
    orders = {run: np.random.default_rng(run).permutation(len(pool)) for run in runs}
    digits = load_digits(data_dir=data_dir, small=quick)
    parts = digits.limit(size["rows"]).train, digits.validation, digits.test
    images, images_val, images_test = (part.inputs.reshape(len(part), -1) / np.float32(255) for part in parts)
    labels, labels_val, labels_test = (part.targets for part in parts)
    page.section("data", digits=digits.name, rows=len(images), pool=len(pool), test=len(table.test))

    # --- Technique and model: 1. Many inputs ------------------------------------------------------------------------
    keras.utils.set_random_seed(seed)
    model = slide_model()
    page.section("many_inputs")
    page.figure("slide_graph", draw_model_graph(*model_graph(model)))
    counts = parameter_table(model)
    page.table("slide_parameters", counts.loc[counts["by_keras"] > 0, ["layer", "formula", "by_formula", "by_keras"]])
    few, few_sizes = encode(pool[:64], pool[:64])
    check_graph(page, model, few)

    # --- Train and evaluate: 2. Merging, over several cuts of the table ---------------------------------------------
    step("merging")
    ways = {name: partial(merging_model, name) for name in (WAYS[:3] if quick else WAYS)}
    ways["one_hot"] = partial(merging_model, "concatenate", one_hot=True)
    losses, rows = {}, []
    for name, build in ways.items():
        network, scores = build(), []
        network.compile("rmsprop", "binary_crossentropy", jit_compile=False)  # adaptive, half of Adam's tracing
        network.optimizer.build(network.trainable_variables)
        start = snapshot(network.variables)
        for run in runs:
            known, held = orders[run][:MANY], orders[run][-HELD:]
            (x, _), (x_val, _) = (encode(pool.iloc[part], pool.iloc[known]) for part in (known, held))
            start_over(network, start, seed=run)
            same_weights(network, run)  # the same for every network, wherever layers are of one shape
            network.optimizer.learning_rate = RATE
            network.fit(*repeated((x, malignant[known]), size["epochs"]), batch_size=30, verbose=0)
            scores.append(metrics(malignant[held], np.array(network(x_val, training=False))[:, 0]))
        losses[name] = [score["log_loss"] for score in scores]
        row = {"name": name, "parameters": network.count_params(), "log_loss": np.mean(losses[name])}
        row["accuracy"] = np.mean([score["accuracy"] for score in scores])
        rows.append(row | paired_difference(losses[name], losses["numeric_only"]))
    page.section("merging")
    page.figure("merge_graph", draw_model_graph(*model_graph(merging_model("add"))))
    page.table("merge_results", pd.DataFrame(rows), runs=len(runs), known=MANY, held=HELD)
    page.figure("merge_differences", draw_differences({"": pd.DataFrame(rows[1:])}, x_label=DIFFERENCE))
    check_widths(page)
    codes = paired_difference(losses["one_hot"], losses["concatenate"])
    page.slide_check("codes", measured=f"{codes['low']:+.3f} … {codes['high']:+.3f}", expected="0", **codes)

    # --- Train and evaluate: 3. Skip connections, at growing depth --------------------------------------------------
    step("skip connections")
    kinds: dict[str, Any] = {"plain": {"skip": False}, "residual": {"skip": True}}
    depths: list[dict[str, float]] = []
    for num_blocks in size["blocks"]:
        if num_blocks == size["blocks"][-1]:
            kinds["supervised"] = {"skip": False, "auxiliary": True}  # for section 5, where it is needed most
        norms, curves, stacks, right = {}, {}, {}, {}
        for kind, options in kinds.items():
            keras.utils.set_random_seed(seed)
            network = stacks[kind] = stack(num_blocks, **options)
            if kind != "supervised":
                signals = signal_statistics(network, images[:256], labels[:256], LOSSES["aux"])
                norms[kind] = signals["weight_gradient_norm"].dropna().tolist()
            heads = len(network.outputs)
            network.compile("rmsprop", [LOSSES["aux"]] * heads, loss_weights=[1.0, 0.3][:heads], jit_compile=False)
            network.optimizer.build(network.trainable_variables)
            start = snapshot(network.variables)
            for run in range(seed, seed + size["seeds"]):
                start_over(network, start, seed=run)
                same_weights(network, run)
                network.optimizer.learning_rate = 1e-3
                log = network.fit(images, [labels] * heads, epochs=size["deep"], batch_size=125, verbose=0).history
                curves[kind] = log["main_loss" if heads > 1 else "loss"]
                for head, answer in zip(("main", "aux"), keras.tree.flatten(network(images_val)), strict=False):
                    right.setdefault((kind, head), []).append(metrics(labels_val, np.array(answer))["accuracy"])
        means = {kind: np.mean(right[kind, "main"]) for kind in norms}
        depths.append({"layers": len(norms["plain"])} | {f"{kind}_norm": norms[kind][0] for kind in norms} | means)
    deepest = depths[-1]
    page.section("skip")
    page.figure("residual_graph", draw_model_graph(*model_graph(stack(2, skip=True))))
    page.table("depth_results", pd.DataFrame(depths), rows=len(images), epochs=size["deep"], seeds=size["seeds"])
    gradients = draw_lines(norms, x_label="layer", y_label="gradient norm", y_log=True)
    page.figure("gradient_norms", gradients, layers=deepest["layers"])
    page.figure(
        "depth_curves",
        draw_lines({kind: curves[kind] for kind in norms}, y_label="training loss"),
        layers=deepest["layers"],
    )
    page.notice("gradient_kept", tone="good", **deepest)

    # --- Train and evaluate: 4. Two outputs, each with its own loss, weight and metrics -----------------------------
    step("two outputs")
    (x, sizes), (x_val, sizes_val), (x_test, sizes_test) = (
        encode(part.inputs, table.train.inputs) for part in (table.train, table.validation, table.test)
    )
    model.compile(
        keras.optimizers.Adam(RATE),
        loss={"main": "binary_crossentropy", "aux": "sparse_categorical_crossentropy"},
        loss_weights={"main": 1.0, "aux": 0.3},
        metrics={"main": ["accuracy", keras.metrics.AUC(name="auc")], "aux": ["accuracy"]},
        jit_compile=False,
    )
    create_variables(model, [part[:1] for part in x], {"main": malignant[:1], "aux": sizes[:1]})
    held_out = (x_val, {"main": 1 - table.validation.targets, "aux": sizes_val})
    answers = {"main": 1 - table.train.targets, "aux": sizes}
    log = model.fit(x, answers, validation_data=held_out, epochs=size["slide"], batch_size=16, verbose=0).history
    page.section("outputs")
    ends = [{"name": name, "first": values[0], "last": values[-1]} for name, values in log.items()]
    page.table("output_history", pd.DataFrame(ends))
    sums = {name: log[name] for name in ("loss", "main_loss", "aux_loss")}
    page.figure("output_losses", draw_lines(sums, y_label="training loss"))
    total, main_loss, aux_loss = (values[-1] for values in sums.values())
    page.notice("weighted_sum", total=total, weighted=main_loss + 0.3 * aux_loss, main=main_loss, aux=aux_loss)
    check_outputs(page, slide_model, few, {"main": malignant[:64], "aux": few_sizes})

    # --- Train and evaluate: 5. The auxiliary loss, with (at growing weight) and without (weight 0) -----------------
    step("auxiliary loss")
    frames, judged = {}, []
    for weight in size["weights"]:
        network = slide_model()
        network.compile("rmsprop", loss=LOSSES, loss_weights={"main": 1.0, "aux": float(weight)}, jit_compile=False)
        network.optimizer.build(network.trainable_variables)
        start = snapshot(network.variables)
        for inputs, run in product(("given", "hidden"), runs):
            known, held = orders[run][:FEW], orders[run][-HELD:]
            (x, sizes), (x_val, sizes_val) = (
                encode(pool.iloc[part], pool.iloc[known], hide_size=inputs == "hidden") for part in (known, held)
            )
            start_over(network, start, seed=run)
            same_weights(network, run)
            network.optimizer.learning_rate = RATE
            answers = {"main": malignant[known], "aux": sizes}
            network.fit(*repeated((x, answers), size["epochs"]), batch_size=30, verbose=0)
            found, found_sizes = (np.array(answer) for answer in network(x_val, training=False))
            score = metrics(malignant[held], found[:, 0]) | {"aux": metrics(sizes_val, found_sizes)["accuracy"]}
            judged.append({"inputs": inputs, "name": str(weight)} | score)
    for inputs, part in pd.DataFrame(judged).groupby("inputs"):
        by_weight = part.groupby("name", sort=False)["log_loss"].apply(list)
        gaps = pd.DataFrame([paired_difference(values, by_weight["0"]) for values in by_weight], index=by_weight.index)
        means = part.groupby("name")[["log_loss", "accuracy", "aux"]].mean()
        frames[str(inputs)] = means.join(gaps).assign(inputs=inputs).reset_index().set_index("inputs").reset_index()
    page.section("auxiliary", known=FEW)
    page.table("weight_results", pd.concat(frames.values()), runs=len(runs), known=FEW, held=HELD)
    with_loss = {inputs: frame[1:] for inputs, frame in frames.items()}
    page.figure("weight_differences", draw_differences(with_loss, x_label=DIFFERENCE))
    at_one = pd.concat(frame[frame["name"] == "1"].add_prefix(f"{inputs}_").iloc[0] for inputs, frame in frames.items())
    page.notice("auxiliary_helps" if at_one["hidden_high"] < 0 else "auxiliary_unproven", **at_one)
    page.section("deep_supervision")
    page.figure("auxiliary_graph", draw_model_graph(*model_graph(stack(2, skip=False, auxiliary=True))))
    supervised = paired_difference(right["supervised", "main"], right["plain", "main"])
    rows = [{"name": kind, "head": head, "accuracy": np.mean(values)} for (kind, head), values in right.items()]
    page.figure("supervised_curves", draw_lines(curves, y_label="training loss"), layers=deepest["layers"])
    page.table("supervised_results", pd.DataFrame(rows), layers=deepest["layers"], **supervised)

    # --- Evaluate: the test rows, once: the slide's network, and the stack that validation chose --------------------
    answer, answer_sizes = (np.array(output) for output in model(x_test))
    cancer = metrics(1 - table.test.targets, answer[:, 0])
    best = max(norms, key=lambda kind: deepest[kind])
    digit = metrics(labels_test, np.array(stacks[best](images_test)))
    figures = {"cancer_accuracy": cancer["accuracy"], "cancer_auc": cancer["auc"]}
    figures |= {"size_accuracy": metrics(sizes_test, answer_sizes)["accuracy"], "digits_accuracy": digit["accuracy"]}
    page.section("evaluate", kind=best, layers=deepest["layers"], test=len(table.test), digits=len(labels_test))
    page.table("test_results", pd.DataFrame({"name": list(figures), "value": list(figures.values())}))
    figures |= {"plain_accuracy": float(deepest["plain"]), "residual_accuracy": float(deepest["residual"])}
    figures |= {"gradient_ratio": norms["plain"][0] / norms["residual"][0]}
    figures |= {"auxiliary_difference": at_one["hidden_difference"], "supervision_gain": supervised["difference"]}
    page.headline("cancer_accuracy", cancer["accuracy"], auc=cancer["auc"])
    page.headline("plain_accuracy", deepest["plain"], layers=deepest["layers"])
    page.headline("residual_accuracy", deepest["residual"], layers=deepest["layers"])
    page.headline("gradient_ratio", figures["gradient_ratio"])

    # --- Notice -----------------------------------------------------------------------------------------------------
    page.section("notice", **figures, layers=deepest["layers"])
    page.section("try_it")
    mode = "quick" if quick else "full" if full else "default"
    info = lab_info("1.3", mode=mode, seed=seed, started=started, figures=figures, data=table.summary())
    report = page.save(info)
    step.done()
    print_summary("Lab 1.3", figures, report)
    return figures


if __name__ == "__main__":
    main(**parse_options(__doc__))
