"""Lab 1.4: the training loop written out, and everything of the week in one training.

Question: what does `fit` do, what can we change once we write it ourselves, and does the week's toolbox pay?
Technique: GradientTape loop, gradient clipping, mixed precision with loss scaling, a loss and a metric of our own.
Papers: arXiv:1211.5063 (clipping); arXiv:1710.03740 (mixed precision); arXiv:1708.02002 (focal loss); Polyak (1992).
Run: atolye lab 1.4, or: python -m atolye.labs.hafta1_pazar.uygulama_04_custom_loop [--quick | --full]
Expect: the bands below. benchmarks/labs.py measures the default: its figures, and its seconds.
"""

import atolye  # isort: skip  # noqa: F401  first, so that TensorFlow starts with oneDNN
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import layers, regularizers

from atolye.data import Split, batches
from atolye.evaluate import compare_paired, per_class
from atolye.labs.drawing import draw_lines
from atolye.labs.local_digits import load_digits
from atolye.labs.options import parse_options
from atolye.labs.pairs import draw_pairs
from atolye.labs.record import lab_info, print_summary
from atolye.labs.slide_lines import error_of
from atolye.labs.steps import Steps
from atolye.labs.timing import milliseconds_each
from atolye.layers import BatchNormalization
from atolye.models import cnn, mlp
from atolye.report import Page
from atolye.train.callbacks import BestWeights, LearningRateLogger
from atolye.train.create_variables import create_variables
from atolye.train.float16_range import float16_losses
from atolye.train.gradient_clipping_tensorflow import GradientClipping
from atolye.train.loop_tensorflow import train_loop
from atolye.train.losses import SmoothedSparseCategoricalCrossentropy, SparseCategoricalFocalCrossentropy
from atolye.train.metrics import FBeta
from atolye.train.schedules import make_schedule
from atolye.train.step_time import measure_step_times

BANDS = {  # lowest and highest figure to expect; digits: mnist_small in quick mode, else mnist where it is found
    "quick": {"loop_difference": (0.0, 1e-6), "baseline_accuracy": (0.88, 0.97), "project_accuracy": (0.89, 0.98)},
    "default": {"loop_difference": (0.0, 1e-6), "baseline_accuracy": (0.97, 0.99), "project_accuracy": (0.975, 0.992)},
}
SIZES: dict[str, dict[str, int]] = {
    # rows: digits that sections 1 to 4 train on; timed: in a timed step; project, batch: epochs and batch size there
    "quick": {"rows": 1200, "epochs": 1, "timed": 4, "rounds": 1, "seeds": 2, "project": 2, "batch": 64},
    "default": {"rows": 6000, "epochs": 5, "timed": 64, "rounds": 5, "seeds": 5, "project": 7, "batch": 256},
    "full": {"rows": 60_000, "epochs": 10, "timed": 64, "rounds": 10, "seeds": 5, "project": 40, "batch": 128},
}
SHARES = {"data": 3, "loop": 15, "clipping": 25, "precision": 30, "loss and metric": 20, "project": 200}  # of the time
BATCH_SIZE, EAGER_STEPS = 64, 10  # examples a step in sections 1 to 4; steps timed without tf.function
LIMITS = {"none": None, "clip_value": 0.01, "clip_norm": 0.5, "global_clip_norm": 0.5}  # free gradients exceed them


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
    size = SIZES[mode]
    page = Page(Path(out or "runs/lab-1.4"), texts=Path(__file__).with_suffix(".toml"), lang=lang)
    step = Steps("lab 1.4", SHARES)

    # --- Data -------------------------------------------------------------------------------------------------------
    step("data")
    digits = load_digits(data_dir=data_dir, small=quick)
    mean, deviation = np.float32(np.mean(digits.train.inputs)), np.float32(np.std(digits.train.inputs))

    def flat(part: Split) -> Split:  # (n, 28, 28, 1) in [0, 255] -> (n, 784) with mean 0 and deviation 1
        return Split((np.asarray(part.inputs).reshape(len(part), -1) - mean) / deviation, part.targets, part.ids)

    parts = (digits.train, digits.validation, digits.test, digits.limit(size["rows"]).train)
    train, validation, test, few = (flat(part) for part in parts)
    val_dataset = batches(validation, 256)
    page.section("data", digits=digits.name, train=len(train), test=len(test), rows=len(few))

    # --- 1. The slide's loop in full: GradientTape, model.losses, metrics reset -----------------------------------
    step("loop")

    def network() -> keras.Sequential:
        keras.utils.set_random_seed(seed)  # the same first weights and dropout masks for every loop
        hidden = layers.Dense(128, "relu", kernel_initializer="he_normal", kernel_regularizer=regularizers.L2(1e-4))
        middle = [hidden, BatchNormalization(momentum=0.9), layers.Dropout(0.3)]
        return keras.Sequential([layers.Input((784,)), *middle, layers.Dense(10, "softmax")])

    def shuffled() -> tf.data.Dataset:
        return batches(few, BATCH_SIZE, shuffle=True, seed=seed)  # the same order in every loop

    model, train_dataset, epochs, optimizer = network(), shuffled(), 3, keras.optimizers.Adam(learning_rate=1e-3)
    loss_fn = keras.losses.SparseCategoricalCrossentropy()
    train_acc, val_acc, never_reset = (keras.metrics.SparseCategoricalAccuracy() for _ in range(3))

    def train_step(X_batch: tf.Tensor, y_batch: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            y_pred = model(X_batch, training=True)
            loss = loss_fn(y_batch, y_pred)
            loss += sum(model.losses)  # the L2 penalty
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables, strict=True))
        train_acc.update_state(y_batch, y_pred)
        never_reset.update_state(y_batch, y_pred)  # what the slide's loop would show

    optimizer.build(model.trainable_variables)  # variables must exist before the step is compiled
    compiled_step = tf.function(train_step, input_signature=train_dataset.element_spec)
    begin, penalty = time.perf_counter(), float(sum(model.losses))
    for _ in range(epochs):
        train_acc.reset_state()  # the slide's code leaves these two out
        val_acc.reset_state()
        for X_batch, y_batch in train_dataset:
            compiled_step(X_batch, y_batch)
        for X_v, y_v in val_dataset:
            val_acc.update_state(y_v, model(X_v, training=False))
    rows: list[Any] = [("slide", time.perf_counter() - begin, float(train_acc.result()), float(val_acc.result()))]
    metric_shown, weights = float(never_reset.result()), {"slide": model.get_weights()}
    settings: dict[str, Any] = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
    for name in ("fit", "train_loop"):
        other = network()
        other.compile(keras.optimizers.Adam(1e-3), **settings)
        create_variables(other, few.inputs[:1], few.targets[:1])  # as for the slide's loop: one tracing instead of two
        quiet = {"shuffle": False, "verbose": 0} if name == "fit" else {}
        run = other.fit if name == "fit" else partial(train_loop, other)
        begin = time.perf_counter()
        logs = run(shuffled(), validation_data=val_dataset, epochs=epochs, **quiet).history
        rows.append((name, time.perf_counter() - begin, logs["accuracy"][-1], logs["val_accuracy"][-1]))
        weights[name] = other.get_weights()
    loops = pd.DataFrame(rows, columns=["loop", "seconds", "accuracy", "val_accuracy"])
    pairs = {name: zip(weights[name], weights["fit"], strict=True) for name in loops["loop"]}
    loops["difference"] = [max(float(np.abs(a - b).max()) for a, b in pairs[name]) for name in loops["loop"]]
    few_batches = list(shuffled().take(EAGER_STEPS))
    eager, compiled = (milliseconds_each(one_step, few_batches) for one_step in (train_step, compiled_step))
    page.section("loop", penalty=penalty)
    page.table("loops", loops)
    refusal = error_of(lambda: keras.optimizers.Adam(lr=1e-3))
    page.slide_check("adam_lr", measured=refusal, expected="learning_rate=1e-3")
    page.slide_check("metric_reset", measured=metric_shown, expected=float(loops["accuracy"][0]), epochs=epochs)
    page.slide_check("not_compiled", measured=f"{eager:.2f} ms", expected=f"{compiled:.2f} ms", factor=eager / compiled)

    # --- 2. Gradient clipping: by value, by norm, by global norm --------------------------------------------------
    step("clipping")

    def deep_network() -> keras.Sequential:  # no batch normalization: its gradients are free to grow
        keras.utils.set_random_seed(seed)
        hidden = [layers.Dense(64, "relu", kernel_initializer="he_normal") for _ in range(6)]
        deep = keras.Sequential([layers.Input((784,)), *hidden, layers.Dense(10, "softmax")])
        deep.compile(keras.optimizers.SGD(0.2, momentum=0.9), **settings)
        return deep

    some, deep, rows = tf.constant(few.inputs[:256]), deep_network(), []
    with tf.GradientTape() as tape:
        loss = loss_fn(few.targets[:256], deep(some, training=True))
    gradients = tape.gradient(loss, [variable.value for variable in deep.trainable_variables])
    before = np.concatenate([np.ravel(gradient) for gradient in gradients])
    norms: dict[str, list[float]] = {name: [] for name in LIMITS}
    for name, seen in norms.items():
        limit, clipped = {name: LIMITS[name]} if LIMITS[name] else {}, deep_network()
        note = partial(lambda seen, batch, logs: seen.append(logs["gradient_norm"]), seen)
        watch = keras.callbacks.LambdaCallback(on_train_batch_end=note)
        options = {"epochs": size["epochs"], "track_gradient_norm": True, "callbacks": [watch], **limit}
        history = train_loop(clipped, shuffled(), val_dataset, **options).history
        after = np.concatenate([np.ravel(gradient) for gradient in GradientClipping(**limit)(gradients)])
        cosine = before @ after / np.linalg.norm(before) / np.linalg.norm(after)
        nan_at = next((str(number) for number, norm in enumerate(seen, 1) if not np.isfinite(norm)), "–")
        rows.append((name, cosine, np.ma.masked_invalid(seen).max(), nan_at, history["val_accuracy"][-1]))
    page.section("clipping", rate=0.2)
    page.figure("clipping_norms", draw_lines(norms, x_label="batch", y_label="gradient norm", y_log=True, width=10.4))
    columns = ["clipping", "cosine", "largest_norm", "nan_at", "val_accuracy"]
    page.table("clipping_results", pd.DataFrame(rows, columns=columns))

    # --- 3. Mixed precision: where 16 bits pay on this machine, and why float16 needs loss scaling ----------------
    step("precision")

    def ready(net: keras.Model) -> keras.Model:  # built in whatever precision is set
        net.compile("sgd", "sparse_categorical_crossentropy")
        return net

    images, flat_images, labels = (part[: size["timed"]] for part in (digits.train.inputs, train.inputs, train.targets))
    tables = {
        name: measure_step_times(build, inputs, labels, rounds=size["rounds"], max_seconds=3.0)
        for name, build, inputs in (
            ("dense", lambda: ready(mlp((784,), 10, hidden_units=(512, 512))), flat_images),
            ("convolution", lambda: ready(cnn((28, 28, 1), 10, widths=(16, 32))), images),
        )[1 if quick else 0 :]
    }
    steps = pd.concat(tables, names=["network"]).reset_index("network")
    with tf.GradientTape() as tape:  # what flows back to each pixel of each image, in the network of section 1
        tape.watch(some)
        loss = loss_fn(few.targets[:256], model(some, training=False))
    held = float16_losses([tape.gradient(loss, some)])
    curves = {"lost to zero": list(held["lost"]), "overflow": list(held["overflow"])}
    page.section("precision")
    page.table("step_times", steps[["network", "policy", "milliseconds", "speedup"]])
    page.figure("loss_scaling", draw_lines(curves, x=list(held["scale"]), x_label="loss scale", x_log=True))
    page.notice("precision_notice", lost=held["lost"][0], kept=held["lost"][5])

    # --- 4. A loss and a metric of our own: focal loss, F-beta ----------------------------------------------------
    step("loss and metric")
    dropped = np.random.default_rng(seed).random(len(few)) > 0.05
    rare = np.isin(few.targets, (7, 8, 9)) & dropped  # of 7, 8 and 9 one in twenty stays
    own_loss, rows = SparseCategoricalFocalCrossentropy(alpha=1.0, gamma=2.0), []
    for name, loss in (("cross-entropy", loss_fn), ("focal", own_loss)):
        classifier = network()
        classifier.compile(keras.optimizers.Adam(1e-3), loss, metrics=["accuracy", FBeta("macro", beta=2.0)])
        unbalanced = batches(few.take(~rare), BATCH_SIZE, shuffle=True, seed=seed)
        logs = train_loop(classifier, unbalanced, val_dataset, epochs=2 * size["epochs"]).history
        answers = np.asarray(classifier(validation.inputs, training=False))
        recall = per_class(validation.targets, answers, digits.class_names)["recall"]
        rows.append((name, logs["val_accuracy"][-1], logs["val_f_beta"][-1], recall[:7].mean(), recall[7:].mean()))
    with tempfile.TemporaryDirectory() as folder:  # the classifier with our loss and metric, to a file and back
        classifier.save(Path(folder) / "focal.keras")
        loaded = keras.models.load_model(Path(folder) / "focal.keras")
    again = loaded.evaluate(val_dataset, verbose=0, return_dict=True)
    reloaded = max(abs(value - logs[f"val_{key}"][-1]) for key, value in again.items())
    p = np.linspace(0.01, 1, 100, dtype="float32")
    focal = {f"γ = {g}": (-((1 - p) ** g) * np.log(p)).tolist() for g in (0, 1, 2, 5)}
    mean_of_layer = float(own_loss(np.ones(100), np.stack([1 - p, p], axis=1)))
    page.section("loss_metric", kept=int((~rare).sum()), rows=len(few))
    page.figure("focal_curves", draw_lines(focal, x=p.tolist(), x_label="p", y_label="loss"))
    page.table("focal_results", pd.DataFrame(rows, columns=["loss_function", "accuracy", "f_beta", "frequent", "rare"]))
    page.notice("serialised", reloaded=reloaded, hand=abs(mean_of_layer - float(np.mean(focal["γ = 2"]))))

    # --- 5. Mini project: everything of the week in one training, against the plain baseline ----------------------
    step("project")
    updates = size["project"] * -(-len(train) // size["batch"])  # the last batch of an epoch is not full

    def baseline() -> keras.Model:  # Dense layers, Adam, a fixed number of epochs
        hidden = [layers.Dense(256, "relu"), layers.Dense(256, "relu")]
        plain = keras.Sequential([layers.Input((784,)), *hidden, layers.Dense(10, "softmax")])
        plain.compile(keras.optimizers.Adam(1e-3), **settings)
        return plain

    def everything() -> keras.Model:
        def block(x: Any, rate: float) -> Any:  # 1.1: He initialisation, L2, batch normalization, dropout
            l2 = regularizers.L2(1e-5)
            x = layers.Dense(256, kernel_initializer="he_normal", kernel_regularizer=l2, use_bias=False)(x)
            return layers.Dropout(rate)(layers.ReLU()(BatchNormalization(momentum=0.9)(x)))

        x = block(inputs := keras.Input((784,)), 0.3)
        x = layers.Add()([x, block(x, 0.25)])  # 1.3: skip connection
        whole = keras.Model(inputs, layers.Dense(10, "softmax")(x))
        rate = make_schedule("warmup_cosine", 2e-3, updates)  # 1.2: warm-up, then cosine
        loss = SmoothedSparseCategoricalCrossentropy(label_smoothing=0.05)  # 1.4: a loss of our own
        whole.compile(keras.optimizers.AdamW(rate, weight_decay=1e-4), loss, metrics=["accuracy"])
        return whole

    scores = pd.DataFrame(0.0, index=range(seed, seed + size["seeds"]), columns=["baseline", "everything"])
    for run_seed in scores.index:
        for name, build in (("baseline", baseline), ("everything", everything)):
            keras.utils.set_random_seed(run_seed)
            project, data = build(), batches(train, size["batch"], shuffle=True, seed=run_seed)
            create_variables(project, train.inputs[:1], train.targets[:1])
            if name == "baseline":
                project.fit(data, epochs=size["project"], shuffle=False, verbose=0)
            else:  # 1.2: early stopping and averaged weights that agree; 1.4: our loop, gradients clipped
                keep = BestWeights("val_accuracy", patience=size["project"] // 2, ema_decay=0.99)
                watch = {"callbacks": [LearningRateLogger(), keep], "epochs": size["project"]}
                history = train_loop(project, data, val_dataset, global_clip_norm=1.0, **watch).history
            answers = np.asarray(project(test.inputs, training=False))  # the test examples, once a model
            scores.loc[run_seed, name] = np.mean(answers.argmax(axis=-1) == test.targets)
    found = compare_paired(100 * scores["everything"], 100 * scores["baseline"])  # in points
    summary = scores.agg(["mean", "std", "min", "max"]).T.rename_axis("model").reset_index()
    page.section("project", seeds=found.count, epochs=size["project"])
    page.table("project_scores", summary)
    page.figure("project_pairs", draw_pairs(scores, y_label="test accuracy"), seeds=found.count)
    curves = {"train": history["accuracy"], "validation": history["val_accuracy"]}
    page.figure("project_curves", draw_lines(curves, y_label="accuracy"))
    page.figure("project_rate", draw_lines({"rate": history["learning_rate"]}, y_label="learning rate"))
    verdict = "too_few" if found.count < 5 else "significant" if found.p_value < 0.05 else "not_significant"
    page.notice(verdict, tone="good" if verdict == "significant" else "warning", **found.to_dict())

    # --- Notice ---------------------------------------------------------------------------------------------------
    speedup = tables["convolution"].set_index("policy")["speedup"]
    figures = {
        "loop_difference": float(loops["difference"].max()),
        "eager_to_compiled": eager / compiled,
        "bfloat16_speedup": float(speedup["mixed_bfloat16"]),
        "float16_speedup": float(speedup["mixed_float16"]),
        "baseline_accuracy": float(scores["baseline"].mean()),
        "project_accuracy": float(scores["everything"].mean()),
        "p_value": found.p_value,
    }
    page.headline("project_accuracy", f"{figures['project_accuracy']:.4f}", seeds=found.count)
    page.headline("baseline_accuracy", f"{figures['baseline_accuracy']:.4f}", seeds=found.count)
    page.headline("loop_difference", f"{figures['loop_difference']:.1e}")
    page.section("try_this")
    step.done()
    info = lab_info("1.4", mode=mode, seed=seed, started=started, figures=figures, data=digits.summary())
    print_summary("lab 1.4", figures, page.save(info))
    return figures


if __name__ == "__main__":
    main(**parse_options(__doc__))
