"""`train(recipe)`: load the data, fit from a random start, judge, and leave a run folder with its report."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from atolye.data import Dataset, load_dataset
from atolye.runs import Run
from atolye.runs.run import DEFAULT_ROOT
from atolye.train.data_recipe import DataRecipe
from atolye.train.fit import Fitted, fit
from atolye.train.recipe import Recipe
from atolye.train.record_run import record_run

if TYPE_CHECKING:
    import keras


def train(
    recipe: Recipe,
    *,
    dataset: Dataset | None = None,
    name: str | None = None,
    runs_dir: str | Path = DEFAULT_ROOT,
    callbacks: "list[keras.callbacks.Callback] | None" = None,
    lang: str = "en",
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Train a recipe and return its run: model, history, predictions, figures and report in one folder.

    The folder appears when everything in it is written; an error leaves nothing behind. What was killed or interrupted
    goes on after its last whole epoch when the same recipe is trained under the same name.

    Args:
        recipe: all settings; see `Recipe`.
        dataset: your own data, when `recipe.data` is only its name.
        name: the run's name; default the data's name and the time.
        runs_dir: folder in which the run's folder is made.
        callbacks: more Keras callbacks for `fit`.
        lang: the report's first language, `"en"` or `"tr"`; the page holds both.
        progress: called with `(done, total)` while files are read.

    Returns:
        The finished run.

    Raises:
        FileExistsError: when a run of that name is there.
        ValueError: when recipe and data do not fit, before the first epoch.

    Example:
        run = train(Recipe(data="mnist_small", epochs=3))
        print(run.metrics["accuracy"], run.path / "report.html")
    """
    name = name or default_name(recipe)

    def fit_recipe(data: Dataset, state_path: Path) -> Fitted:
        return fit(recipe, data, callbacks=callbacks, title=name, state_path=state_path)

    return record_run(
        recipe,
        name,
        runs_dir=runs_dir,
        load=lambda: dataset or load_recipe_data(recipe, progress=progress),
        fit=fit_recipe,
        seed=recipe.seed,
        lang=lang,
    )


def default_name(recipe: DataRecipe) -> str:
    """Return the data's name and the time, fit for a folder."""
    return re.sub(r"[^\w.-]", "_", f"{Path(recipe.data).stem}-{datetime.now():%Y%m%d-%H%M%S}").lstrip(".-") or "run"


def load_recipe_data(recipe: DataRecipe, *, progress: Callable[[int, int], None] | None = None) -> Dataset:
    """Load the dataset that a recipe names, split and limited as it says."""
    return load_dataset(
        recipe.data,
        data_dir=recipe.data_dir,
        target=recipe.target,
        column_kinds=recipe.column_kinds,
        task=None if recipe.task == "auto" else recipe.task,
        image_size=recipe.image_size,
        resize=recipe.resize,
        validation_fraction=recipe.validation_fraction,
        test_fraction=recipe.test_fraction,
        split_seed=recipe.split_seed,
        max_examples=recipe.max_examples,
        max_bad=recipe.max_bad,
        progress=progress,
    )
