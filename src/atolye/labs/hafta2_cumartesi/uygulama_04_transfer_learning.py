"""Lab 2.4: transfer learning: a network that has seen a million photographs, made to answer a question of yours.

Question: how much of a pretrained network should be trained, how, and what does it cost in time and in what it knew?
Technique: three strategies in whole blocks, two stages with warm-up and cosine, frozen batch normalization, features
computed once, forgetting measured, Grad-CAM on right and wrong answers, the guide's rules.
Papers: Yosinski et al. (2014) arXiv:1411.1792; Kumar et al. (2022) arXiv:2202.10054; Tan and Le (2019)
arXiv:1905.11946; Goodfellow et al. (2013) arXiv:1312.6211; Selvaraju et al. (2017) arXiv:1610.02391.
Run: atolye lab 2.4, or: python -m atolye.labs.hafta2_cumartesi.uygulama_04_transfer_learning [--quick | --full]
Expect: the bands below. benchmarks/labs.py measures the default: its figures, and its seconds.
"""

import atolye  # isort: skip  # noqa: F401  first, so that TensorFlow starts with oneDNN
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd

from atolye.data import Dataset, Split, batches
from atolye.evaluate import confusion, least_confident_hits, most_confident_mistakes, most_confused, per_class
from atolye.explain import grad_cam
from atolye.files import write_text
from atolye.labs.drawing import draw_lines
from atolye.labs.hafta2_cumartesi import uygulama_04_comparisons as comparisons
from atolye.labs.hafta2_cumartesi import uygulama_04_slide_checks as slide_checks
from atolye.labs.hafta2_cumartesi.uygulama_03_comparisons import judge as judge_variants
from atolye.labs.lab_study import lab_study, shares_by_trial
from atolye.labs.local_images import load_images
from atolye.labs.options import parse_options
from atolye.labs.record import lab_info, print_summary
from atolye.labs.steps import Steps
from atolye.report import Page
from atolye.report.figures_confusion import confusion_figure
from atolye.study import draw_pareto
from atolye.train.callbacks import BestWeights, EpochSeconds, LearningRateLogger
from atolye.train.create_variables import create_variables
from atolye.train.dtype_policy import dtype_policy
from atolye.train.precision import choose_precision
from atolye.train.same_start import same_weights, snapshot
from atolye.transfer import (
    TransferModel,
    advise,
    apply_strategy,
    cache_features,
    cut,
    draw_forgetting,
    find_blocks,
    fold_batch_norm,
    forgetting_table,
    transfer_model,
)
from atolye.transfer.layer_rates import make_optimizer
from atolye.transfer.transfer_model import POOL

BANDS: dict[str, dict[str, tuple[float, float]]] = {  # lowest and highest figure to expect
    "quick": {"loss_gap": (0.0, 1e-3), "frozen_drift": (0.0, 0.0), "test_accuracy": (0.05, 1.0)},
    "default": {"loss_gap": (0.0, 1e-3), "frozen_drift": (0.0, 0.0), "test_accuracy": (0.76, 0.88)},
    "default_small": {"test_accuracy": (0.5, 1.0)},  # where only the drawn shapes are at hand
}
# side: pixels that the backbone sees in the comparisons; images, judged: to train on and to judge by; head_epochs,
# top_epochs: of the two stages; blocks: that train with the head; few: images for batch normalization and the cache;
# known, forgetful, rates: of forgetting; eager: steps too few to be worth compiling; main_...: of the main training.
QUICK: dict[str, Any] = {"eager": True, "shapes": 800, "side": 64, "images": 32, "judged": 32, "seeds": 1, "blocks": 1}
QUICK |= {"head_epochs": 2, "top_epochs": 1, "few": 16, "forget_from": "block6d_add", "rates": (1e-2, 1e-4)}
QUICK |= {"known": 60, "main_side": 64, "main_images": 96, "main_head": 3, "main_top": 2, "tested": 48}
QUICK |= {"forgetful": ("feature_extraction", "full")}
DEFAULT: dict[str, Any] = {"eager": False, "shapes": 8000, "side": 64, "images": 600, "judged": 400, "seeds": 3}
DEFAULT |= {"blocks": 4, "head_epochs": 10, "top_epochs": 3, "few": 240, "forget_from": "block3b_add", "known": 600}
DEFAULT |= {"rates": (1e-3, 1e-4, 1e-5), "forgetful": ("feature_extraction", "partial", "full")}
DEFAULT |= {"main_side": 96, "main_images": 12_000, "main_head": 6, "main_top": 4, "tested": 2000}
FULL = DEFAULT | {"side": 96, "images": 8000, "judged": 2000, "seeds": 5, "top_epochs": 10}
FULL |= {"few": 2000, "known": 4000, "main_images": 50_000, "main_head": 20, "main_top": 30, "tested": 10_000}
SHARES = {"data": 5, "strategies": 300, "two stages": 150, "batch normalization": 30, "forgetting": 90, "cache": 15}
SHARES |= {"maps": 10, "advice": 70}
NAME, BATCH, SMALL_BATCH = "efficientnet-lite0", 32, 2
HEAD_RATE, TOP_RATE = 1e-3, 1e-4  # what is pretrained takes steps ten times smaller
NORMS = {"freeze": ("freeze", SMALL_BATCH), "statistics": ("statistics", SMALL_BATCH), "train": ("train", SMALL_BATCH)}
NORMS |= {"train_large": ("train", BATCH)}
PATIENCE = 3  # epochs without a better validation loss
MAPPED = 8  # images with a heat map, in a figure


# --- Model: a pretrained backbone under a head of our own -----------------------------------------------------------
@cache  # another seed, or another variant, costs no building
def network(side: int, input_shape: tuple[int, ...], classes: int, policy: str) -> tuple[TransferModel, list[Any]]:
    """Return the network and its weights at the start: ImageNet's, and random ones in the head."""
    with dtype_policy(policy):
        built = transfer_model(NAME, input_shape, classes, side=side, dropout=0.2)
    return built, snapshot(built.model.variables)


def restart(built: TransferModel, state: Sequence[Any], *, seed: int | None = None) -> None:
    """Put weights back; with a seed, draw the head's anew."""
    for variable, value in zip(built.model.variables, state, strict=True):
        variable.assign(value)
    if seed is not None:
        same_weights(cut(built.model, POOL)[1], seed)
        keras.utils.set_random_seed(seed)


# --- Technique: what is frozen is cut off and computed once; what trains is a model of its own ----------------------
def frozen_and_trained(
    built: TransferModel, strategy: str, blocks: int | None = None, norms: str = "freeze"
) -> tuple[keras.Model | None, keras.Model]:
    """Freeze what a strategy freezes; return that part and the rest, which share their layers with the network."""
    apply_strategy(built.backbone, strategy, blocks=blocks, batch_norm=norms)
    if strategy == "full":
        return None, built.model
    if strategy == "feature_extraction":
        return cut(built.model, POOL)
    return cut(built.model, find_blocks(built.backbone)[-blocks - 1].layers[-1].name)


def train_stage(
    built: TransferModel,
    data: Dataset,
    *,
    strategy: str,
    rate: float,
    epochs: int,
    blocks: int | None = None,
    norms: str = "freeze",
    batch: int = BATCH,
    seed: int = 0,
    eager: bool = False,
) -> pd.DataFrame:
    """Train one stage, keep its best epoch's weights, and return its history."""
    frozen, model = frozen_and_trained(built, strategy, blocks, norms)
    train, held = data.train, data.validation
    if frozen is not None:  # the same in every epoch: once is enough
        frozen = frozen if eager else fold_batch_norm(frozen)  # pays from some hundred images on
        train, held = cache_features(frozen, train), cache_features(frozen, held)
    updates = epochs * -(-len(train) // batch)
    optimizer = make_optimizer("adam", rate, updates, warmup=0.1)  # up from 0 in a tenth of the updates, then cosine
    compiled: dict[str, Any] = {"jit_compile": False, "run_eagerly": eager}
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], **compiled)
    if not eager:
        create_variables(model, np.asarray(train.inputs[:1]), train.targets[:1])
    history = model.fit(
        batches(train, batch, shuffle=True, seed=seed),
        validation_data=batches(held, 64),
        epochs=epochs,
        shuffle=False,  # the batches come in an order of their own
        callbacks=[LearningRateLogger(), EpochSeconds(), BestWeights("val_loss", patience=PATIENCE)],
        verbose=0,
    ).history
    return pd.DataFrame(history)


def train_stages(
    built: TransferModel, data: Dataset, plan: Sequence[Mapping[str, Any]], **options: Any
) -> pd.DataFrame:
    """Train stage after stage; each starts from the best epoch of the one before."""
    logs = [train_stage(built, data, **stage, **options).assign(stage=stage["strategy"]) for stage in plan]
    history = pd.concat(logs, ignore_index=True)
    history.insert(0, "epoch", np.arange(1, len(history) + 1))
    return history


def plans(head_epochs: int, top_epochs: int, blocks: int) -> dict[str, list[dict[str, Any]]]:
    """Return the stages of each variant of the study; all have the same number of epochs."""
    head = {"strategy": "feature_extraction", "rate": HEAD_RATE, "epochs": head_epochs}
    top = {"strategy": "partial", "blocks": blocks, "rate": TOP_RATE, "epochs": top_epochs}
    together = head_epochs + top_epochs
    return {
        "feature_extraction": [head | {"epochs": together}],
        "partial": [head, top],
        "full": [head, {"strategy": "full", "rate": TOP_RATE, "epochs": top_epochs}],
        "at_once": [top | {"rate": HEAD_RATE, "epochs": together}],
        "same_rate": [head, top | {"rate": HEAD_RATE}],
    }


def trial(settings: dict[str, Any], seed: int, *, dataset: Dataset) -> dict[str, Any]:
    """One trial of the study: a plan from ImageNet's weights, judged on the validation images."""
    built, start = network(settings["side"], dataset.input_shape, dataset.num_classes, settings["policy"])
    restart(built, start, seed=seed)
    history = train_stages(built, dataset, settings["stages"], seed=seed, eager=settings["eager"])
    last = history[history["stage"] == settings["stages"][-1]["strategy"]]
    best = last.loc[last["val_loss"].idxmin()]
    trained = sum(int(np.prod(weight.shape)) for weight in built.model.trainable_weights)
    by_stage = history.groupby("stage")["seconds"]  # the first epoch of a stage also traces
    seconds = float((by_stage.min() * by_stage.count()).sum())
    return {"val_accuracy": float(best["val_accuracy"]), "parameters": trained, "seconds": seconds}


def answers(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Return the probabilities, (images, classes), a hundred images at a time."""
    pieces = np.array_split(np.asarray(images), -(-len(images) // 100))
    return np.concatenate([np.asarray(model(piece, training=False), "float32") for piece in pieces])


def predictions(probabilities: np.ndarray, split: Split) -> pd.DataFrame:
    """Return one row an image: place, id, true and predicted class, confidence."""
    said = {"prediction": probabilities.argmax(axis=1), "confidence": probabilities.max(axis=1)}
    return pd.DataFrame({"row": np.arange(len(split)), "id": split.ids, "target": split.targets} | said)


def main(*, quick=False, full=False, data_dir=None, seed=0, lang="tr", out=None) -> dict[str, Any]:
    """Run the lab, leave its page in `out`, and return its figures."""
    started, mode = time.perf_counter(), "quick" if quick else "full" if full else "default"
    size: dict[str, Any] = dict(QUICK if quick else FULL if full else DEFAULT)
    page = Page(Path(out or "runs/lab-2.4"), texts=Path(__file__).with_suffix(".toml"), lang=lang)
    seeds, blocks = range(seed, seed + size["seeds"]), size["blocks"]
    options = {"seed": seed, "eager": size["eager"]}
    variants = {name: {"stages": plan} for name, plan in plans(size["head_epochs"], size["top_epochs"], blocks).items()}
    step = Steps("lab 2.4", shares_by_trial(SHARES, {"strategies": len(variants) * len(seeds)}))

    # --- Data -------------------------------------------------------------------------------------------------------
    step("data")
    everything = load_images(data_dir=data_dir, small=quick, num_shapes=size["shapes"])
    held, tested = everything.validation.take(slice(0, size["judged"])), everything.test.take(slice(0, size["tested"]))
    some = replace(everything.limit(size["images"], seed=seed), validation=held, test=tested)
    few, much = some.limit(size["few"], seed=seed), everything.limit(size["main_images"], seed=seed)
    main_data = replace(much, validation=held, test=tested)
    policy = "float32" if quick else choose_precision("auto").policy
    shape, classes = everything.input_shape, everything.num_classes
    told = {name: size[name] for name in ("side", "main_side", "seeds", "blocks", "head_epochs", "top_epochs")}
    told |= {"images": len(some.train), "judged": len(held), "main_images": len(main_data.train), "tested": len(tested)}
    built, start = network(size["side"], shape, classes, policy)
    counts = {"parameters": built.backbone.count_params(), "all_blocks": len(find_blocks(built.backbone))}
    page.section("data", name=everything.name, policy=policy, **told, **counts)
    if quick:
        page.notice("quick_notice", tone="warning")
    slide_checks.check_memory(page, shape, side=96)

    # --- 1. Three strategies, and what two stages are for, over the seeds ---------------------------------------------
    step(f"strategies, {len(variants) * len(seeds)} left")
    study = lab_study(
        "strategies",
        script=__file__,
        out=page.path,
        trial=partial(trial, dataset=some),
        variants=variants,
        seeds=seeds,
        base={"side": size["side"], "policy": policy, "eager": size["eager"]},
        baseline="feature_extraction",
        metric="val_accuracy",
    )
    table = study.run(finished=lambda _, left: step(f"strategies, {left} left") if left else None, lang=lang)
    scores = {str(name): part["val_accuracy"].tolist() for name, part in study.results().groupby("variant")}
    columns = ["variant", "mean", "std", "gain", "gain_low", "gain_high", "p_value", "parameters", "seconds"]
    page.section("strategies", **told)
    page.table("strategies_table", table.loc[["feature_extraction", "partial", "full"]].reset_index()[columns], **told)
    page.figure("strategies_pareto", draw_pareto(table, ["parameters", "seconds"], metric="validation accuracy"))
    for name in ("partial", "full"):
        judge_variants(page, scores, name, "feature_extraction")
    slide_checks.check_last_30(page)

    # --- 2. Two stages: the head, then top blocks at a tenth of its rate; the main training --------------------------
    step("two stages")
    page.section("two_stages", head_rate=HEAD_RATE, top_rate=TOP_RATE, **told)
    ways = ["partial", "at_once", "same_rate"]
    page.table("stages_table", table.loc[ways, ["mean", "std", "seconds"]].reset_index())
    judge_variants(page, scores, "partial", "at_once")
    built, start = network(size["main_side"], shape, classes, policy)
    restart(built, start, seed=seed)
    plan = plans(size["main_head"], size["main_top"], blocks)["partial"]
    history = train_stages(built, main_data, plan, **options)
    write_text(page.path / "history.csv", history.to_csv(index=False))
    judge, _ = network(size["main_side"], shape, classes, "float32")  # the same weights in float32, to judge and look
    trained = built.model.get_weights()
    judge.model.set_weights(trained)
    probabilities = answers(judge.model, tested.inputs)
    frame = predictions(probabilities, tested)
    accuracy = float((frame["target"] == frame["prediction"]).mean())
    by_stage = history.groupby("stage", sort=False)["val_accuracy"].max()
    reached = {"head_accuracy": float(by_stage.iloc[0]), "top_accuracy": float(by_stage.iloc[1])}
    spent = {"train_seconds": float(history["seconds"].sum()), "border": int((history["stage"] != "partial").sum())}
    page.section("main_training", test_accuracy=accuracy, **told, **reached, **spent)
    page.table("main_history", history[["epoch", "stage", "loss", "val_loss", "val_accuracy", "seconds"]])
    curves = {
        "training accuracy": history["accuracy"].tolist(),
        "validation accuracy": history["val_accuracy"].tolist(),
    }
    page.figure("main_curves", draw_lines(curves, y_label="accuracy"), **spent)
    rates = history["learning_rate"].where(history["learning_rate"] > 1e-9)  # each stage ends at 0
    drawn = draw_lines({"learning rate": rates.tolist()}, y_label="learning rate", y_log=True)
    page.figure("main_rates", drawn, head_rate=HEAD_RATE, top_rate=TOP_RATE)
    slide_checks.check_first_fall(page, history[history["stage"] == "partial"], judged=len(held))
    slide_checks.check_scaled_twice(page, partial(answers, judge.model), tested.take(slice(0, 500)))

    # --- 3. training=False and frozen batch normalization, going right and going wrong --------------------------------
    step("batch normalization")
    built, start = network(size["side"], shape, classes, policy)
    page.section("norms")
    page.table("unfreezing_table", comparisons.count_unfrozen(built.backbone))
    slide_checks.check_training_argument(page)
    restart(built, start, seed=seed)
    train_stage(built, few, strategy="feature_extraction", rate=HEAD_RATE, epochs=size["head_epochs"], **options)
    after_head, rows = snapshot(built.model.variables), []
    for name, (norms, batch) in NORMS.items():
        restart(built, after_head)
        top = {"strategy": "partial", "blocks": blocks, "rate": TOP_RATE, "epochs": 1}
        log = train_stage(built, few, norms=norms, batch=batch, **top, **options)
        drift = comparisons.norm_drift(built.model, after_head)
        rows.append(
            {"name": name, "batch": batch, "drift": drift} | log[["accuracy", "val_accuracy"]].iloc[0].to_dict()
        )
    norms_table = pd.DataFrame(rows).set_index("name")
    page.table("norms_table", norms_table.reset_index(), images=len(few.train), rate=TOP_RATE)
    drift = norms_table.loc["train", "drift"]
    page.notice("norms_notice", small=SMALL_BATCH, large=BATCH, **norms_table["val_accuracy"], drift=drift)

    # --- 4. Catastrophic forgetting -----------------------------------------------------------------------------------
    step("forgetting")
    restart(built, start, seed=seed)
    known = replace(everything.limit(size["known"], seed=seed), validation=held)
    tried = {"start_from": size["forget_from"], "strategies": size["forgetful"], "rates": size["rates"]}
    found = comparisons.follow_forgetting(built, known, **tried, blocks=blocks, epochs=size["top_epochs"], **options)
    lost = forgetting_table(found)
    page.section("forgetting", start_from=size["forget_from"].removesuffix("_add"), epochs=size["top_epochs"])
    page.table("forgetting_table", lost)
    page.figure("forgetting_curves", draw_forgetting(found))
    slide_checks.check_forgetting(page, lost, head_rate=HEAD_RATE)

    # --- What is frozen, computed once: what it saves -----------------------------------------------------------------
    step("cache")
    exact, start = network(size["side"], shape, classes, "float32")
    restart(exact, start, seed=seed)
    costs = comparisons.cached_against_uncached(exact, few, frozen_and_trained, blocks=blocks, batch=BATCH, **options)
    saved = comparisons.savings(costs, epochs=size["top_epochs"])
    page.section("cache", **told | {"images": len(few.train)})
    page.table("cache_table", costs.reset_index())
    page.notice("cache_notice", tone="good", **saved)

    # --- Evaluate: 5. Grad-CAM on the original images; 6. right and wrong answers ------------------------------------
    step("maps")
    judge.model.set_weights(trained)  # where sizes are equal, the comparisons have used the same model
    fine = find_blocks(judge.backbone)[-7].layers[-1]  # block5c: twice as many places each way as the last map has
    images, names = np.asarray(tested.inputs), everything.class_names

    def mapped(rows: pd.DataFrame, layer: str | None = None) -> Any:
        said, true, sure = (rows[name] for name in ("prediction", "target", "confidence"))
        titles = [f"{names[s]} {c:.0%}\n({names[t]})" for s, t, c in zip(said, true, sure, strict=True)]
        return grad_cam(judge.model, images[rows["row"].to_numpy()], layer=layer).figure(titles)

    hits = frame[frame["prediction"] == frame["target"]].groupby("target").head(1).head(MAPPED)
    last = judge.backbone.output.shape[1]
    page.section("maps", last=last, fine=fine.output.shape[1], main_side=size["main_side"], layer=fine.name)
    page.figure("maps_last", mapped(hits), wide=True, places=last)
    page.figure("maps_fine", mapped(hits, fine.name), wide=True, layer=fine.name, places=fine.output.shape[1])
    slide_checks.check_nested_layer(page)
    slide_checks.check_softmax(page, judge.model, images[frame.nlargest(MAPPED, "confidence")["row"].to_numpy()])
    wrong = int((frame["prediction"] != frame["target"]).sum())
    page.section("mistakes", wrong=wrong, **told)
    page.table("right_wrong", comparisons.right_and_wrong(frame))
    page.figure("mistakes_maps", mapped(most_confident_mistakes(frame, MAPPED), fine.name), wide=True)
    page.figure("unsure_maps", mapped(least_confident_hits(frame, MAPPED), fine.name), wide=True)
    matrix = confusion(frame["target"], frame["prediction"], classes)
    page.table("most_confused", most_confused(matrix, names, 5))
    page.figure("confusion", confusion_figure(matrix, names))
    page.table("classes_table", per_class(tested.targets, probabilities, names))

    # --- 7. The guide's rules -----------------------------------------------------------------------------------------
    step("advice")
    advice = advise(
        len(main_data.train),
        num_classes=classes,
        similarity="high" if everything.name == "cifar10" else "low",
        image_size=size["main_side"],
        measure=not quick,
        data=everything.name,
    )
    page.section("advice")
    page.table("rules_table", comparisons.rules())
    page.table("backbones_table", comparisons.backbones(advice.table), side=size["main_side"])
    told_advice = {"strategy": advice.strategy, "backbone": advice.backbone, "minutes": advice.estimated_minutes}
    told_as = "advice_unmeasured" if advice.estimated_minutes is None else "advice_notice"
    page.notice(told_as, images=len(main_data.train), command=advice.command, **told_advice)
    slide_checks.check_published_pixels(page)

    # --- Notice -------------------------------------------------------------------------------------------------------
    means = {f"{name}_accuracy": float(mean) for name, mean in table["mean"].items()}
    worst = lost.sort_values("source_lost").iloc[-1]
    figures = {"test_accuracy": accuracy, **reached, **means, "cache_factor": saved["factor"]}
    figures |= {"loss_gap": saved["gap"], "frozen_drift": float(norms_table.loc["freeze", "drift"])}
    figures |= {"small_batch_accuracy": float(norms_table.loc["train", "val_accuracy"])}
    figures |= {"frozen_accuracy": float(norms_table.loc["freeze", "val_accuracy"])}
    figures |= {"source_lost": float(worst["source_lost"]), "mistakes": wrong}
    page.headline("headline_test", accuracy, dataset=everything.name, images=len(main_data.train))
    page.headline("headline_head", reached["head_accuracy"])
    page.headline("headline_cache", saved["factor"])
    page.headline("headline_lost", figures["source_lost"], rate=float(worst["learning_rate"]))
    page.section("notice", **figures, **told)
    page.section("try_this")
    network.cache_clear()
    step.done()
    info = lab_info("2.4", mode=mode, seed=seed, started=started, figures=figures, data=everything.summary())
    print_summary("lab 2.4", figures, page.save(info | {"precision": policy}))
    return figures


if __name__ == "__main__":
    main(**parse_options(__doc__))
