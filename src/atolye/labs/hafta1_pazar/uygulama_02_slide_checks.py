"""The slips on the slides of lab 1.2 that need none of the lab's trainings, each tried in this Keras."""

from typing import Any

import keras
from keras import callbacks, layers, optimizers
from keras.optimizers.schedules import CosineDecay, CosineDecayRestarts, ExponentialDecay

from atolye.labs.slide_lines import error_of, try_slide_lines
from atolye.report import Page
from atolye.train.checks import check_training

SLIDE_LINES = {  # as written on the slide: as Keras 3 wants it
    "CosineDecay(initial=1e-3, decay_steps=1000)": "CosineDecay(1e-3, decay_steps=1000)",
    "WarmupCosineDecay(warmup_steps=200)": "CosineDecay(0.0, 800, warmup_target=1e-3, warmup_steps=200)",
    "ExponentialDecay(rate=0.96, steps=1000)": "ExponentialDecay(1e-3, 1000, 0.96, staircase=True)",
    "CyclicalLR(base=1e-4, max=1e-2)": "atolye: CyclicalLearningRate(1e-4, 1e-2, step_size=500)",
    "BaseCallback()": "keras.callbacks.Callback()",
}


def check_metric_name(page: Page) -> None:
    """Show what the slide's `metrics=["AUC"]` is called in a second model, and what ModelCheckpoint makes of that."""
    names = [f"val_{keras.metrics.get('AUC').name}" for _ in range(2)]
    unwatched = callbacks.ModelCheckpoint(page.path / "never.keras", "val_auc", mode="max", save_best_only=True)
    warning = error_of(lambda: unwatched.on_epoch_end(0, {names[1]: 0.99}))
    page.slide_check("auc_name", measured=names[1], expected="val_auc", warning=warning.partition(": ")[2])


def check_schedule_with_plateau(page: Page, x: Any, y: Any) -> int:
    """Train with a schedule beside ReduceLROnPlateau until Keras fails; return how many epochs were paid for.

    Args:
        page: where the box goes.
        x: encoded rows, float32 (examples, columns).
        y: classes 0 and 1, (examples,).
    """
    model = keras.Sequential([layers.Input(x.shape[1:]), layers.Dense(1, "sigmoid")])
    # So small a rate that nothing improves: the first plateau comes after the patience.
    model.compile(optimizers.Adam(CosineDecay(1e-6, 10_000)), "binary_crossentropy")
    plateau = callbacks.ReduceLROnPlateau("loss", factor=0.3, patience=7, min_lr=1e-7)
    paid: list[int] = []
    count = callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: paid.append(epoch))
    refused = error_of(lambda: check_training(model, [plateau]))
    failed = error_of(lambda: model.fit(x, y, batch_size=len(x), epochs=20, callbacks=[count, plateau], verbose=0))
    message = failed.split(",")[0].replace("`", "")
    goes_on = {"tr": "eğitim sürer", "en": "the training goes on"}
    told = {"epochs": len(paid), "refused": refused.partition(": ")[2]}
    page.slide_check("schedule_and_plateau", measured=message, expected=goes_on, **told)
    return len(paid)


def check_schedules(page: Page, *, updates: int, kept_share: float) -> int:
    """Try the slide's schedules as they are written; return how many of its lines Keras takes.

    Args:
        page: where the boxes go.
        updates: optimizer updates of the lab's training.
        kept_share: share of its rate that the slide's exponential decay still had at the end of that training.
    """
    tried = try_slide_lines(SLIDE_LINES, vars(optimizers.schedules), vars(callbacks))
    working = int((tried["error"] == "").sum())
    page.slide_check("names", measured=working, expected=len(tried))
    page.table("slide_lines", tried)
    halfway = float(ExponentialDecay(1e-3, 1000, 0.96)(500))
    page.slide_check("steps", measured=halfway, expected=1e-3, left=kept_share, updates=updates)
    once, again = (float(schedule(1e-3, 1000)(1500)) for schedule in (CosineDecay, CosineDecayRestarts))
    page.slide_check("restarts", measured=once, expected=again)
    warm_up = CosineDecay(0.0, decay_steps=1000, warmup_target=1e-3, warmup_steps=200)
    page.slide_check("warm_up", measured=float(warm_up(1000)), expected=0.0, end=float(warm_up(1200)))
    return working
