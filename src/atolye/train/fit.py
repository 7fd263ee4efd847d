"""Fit a recipe's model to a dataset, in memory: what `train` does between loading the data and writing the run."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from atolye.data import Dataset, TableEncoder
from atolye.train.begun_precision import begun_precision
from atolye.train.build import build_model, compile_model, drops_remainder, model_name
from atolye.train.prepare import prepare
from atolye.train.recipe import Recipe
from atolye.train.run_epochs import EpochPlan, run_epochs

if TYPE_CHECKING:
    import keras

    from atolye.augment.views import Views


@dataclass(frozen=True)
class Fitted:
    """A trained model and how it came about.

    Args:
        model: float32 model with the best weights; images in [0, 255] or encoded rows in, probabilities or values out.
        history: one row an epoch.
        best_epoch: the epoch, from 1, whose weights the model has.
        precision: arithmetic used in training, and why.
        encoder: fitted table encoder, None for images.
        name: the architecture's.
        stages: of a fine-tuning, what trained in each and how, with what the recipe left open.
        views: of each image, whose answers are averaged wherever the model is asked; see `augment.predict_views`.
    """

    model: "keras.Model"
    history: pd.DataFrame
    best_epoch: int
    precision: dict[str, Any]
    encoder: TableEncoder | None
    name: str
    stages: tuple[dict[str, Any], ...] = ()
    views: "Views" = "none"


def fit(
    recipe: Recipe,
    dataset: Dataset,
    *,
    callbacks: list[Any] | None = None,
    title: str = "training",
    state_path: Path | None = None,
) -> Fitted:
    """Train the recipe's model and return it with the weights of its best epoch.

    Args:
        recipe: the settings.
        dataset: what to learn from; only its train and validation splits are read.
        callbacks: more Keras callbacks.
        title: words before the progress bar.
        state_path: `.npz` file to which the state goes after each epoch, and from which a killed training goes on; with
            precision `"auto"` in the arithmetic that it was begun in.

    Raises:
        ValueError: when recipe and data do not fit; before the first epoch.
        NonFiniteLossError: when the loss becomes NaN or infinite.
    """
    from atolye.train.checks import check_value_range

    if dataset.kind == "image" and dataset.value_range is not None:
        check_value_range(dataset.train.inputs, dataset.value_range)
    if dataset.kind != "image" and recipe.predict_views != "none":
        raise ValueError(
            f"predict_views={recipe.predict_views!r} is for images; received the table {dataset.name!r}. Set it to "
            "'none'."
        )
    prepared = prepare(recipe, dataset, precision=begun_precision(recipe.precision, state_path))
    plan = EpochPlan(
        recipe.epochs,
        recipe.batch_size,
        recipe.seed,
        recipe.patience,
        recipe.min_delta,
        ema_decay=recipe.ema_decay,
        lookahead=recipe.lookahead,
        budget_seconds=recipe.budget_seconds,
        drop_remainder=drops_remainder(recipe, len(prepared.train)),
        prune=recipe.prune,
    )
    history, best_epoch = run_epochs(prepared, plan, callbacks=callbacks, title=title, state_path=state_path)
    # Probabilities must not depend on how many examples share a batch, and the file must serve machines
    # without bfloat16: the same weights go on in float32.
    twin = build_model(recipe, dataset, prepared.input_shape)
    twin.set_weights(prepared.model.get_weights())
    final = prepared.scale.decode(twin)
    compile_model(final, recipe.replace(mix="none"), dataset)  # whoever evaluates the file has class ids
    name = model_name(recipe, dataset)
    precision = prepared.precision.to_dict()
    return Fitted(final, history, best_epoch, precision, prepared.encoder, name, views=recipe.predict_views)
