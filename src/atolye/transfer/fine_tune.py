"""`fine_tune(data, ...)`: a pretrained network made to tell your own classes apart, as a run with its report."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras

from atolye.data import BUILT_IN, Dataset
from atolye.models.backbone import backbone_name
from atolye.models.weights_file import weights_path
from atolye.runs import Run
from atolye.runs.run import DEFAULT_ROOT
from atolye.train.fine_tune_recipe import FineTuneRecipe
from atolye.train.fit import Fitted
from atolye.train.record_run import record_run
from atolye.train.train import default_name, load_recipe_data
from atolye.transfer.fit_stages import fit_stages

PHOTOGRAPH_SIDE = 160  # pixels to which photographs are brought where the recipe does not say


def fine_tune(
    data: str | Path | Dataset,
    backbone: str = "efficientnet-lite0",
    strategy: str = "two_stage",
    *,
    name: str | None = None,
    runs_dir: str | Path = DEFAULT_ROOT,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    lang: str = "en",
    progress: Callable[[int, int], None] | None = None,
    **settings: Any,
) -> Run:
    """Make a pretrained network tell the classes of your images apart; return the run with model and report.

    Use it for photographs, and where there are few: a network that has learned to see from a million images needs tens
    of each class, not thousands. What is frozen runs once for each image and not in every epoch. What was killed goes
    on after its last whole epoch, in whichever stage, when the same is asked for under the same name.

    Reference: Yosinski et al. (2014), arXiv:1411.1792; in two stages: Kumar et al. (2022), arXiv:2202.10054.

    Args:
        data: folder of images, built-in set, CSV list of images; or a `Dataset` of your own.
        backbone: one of `atolye.models.BACKBONES`; `"efficientnet-lite0"` needs no download.
        strategy: `"feature_extraction"` trains the head, `"partial"` the head and the last `blocks`, `"full"` all,
            `"two_stage"` first the head, then head and blocks.
        name: the run's name; default the data's name and the time.
        runs_dir: folder in which the run's folder is made.
        callbacks: more Keras callbacks, for each stage.
        lang: the report's first language, `"en"` or `"tr"`; the page holds both.
        progress: called with `(done, total)` while files are read.
        settings: any other key of `FineTuneRecipe`, such as `epochs=5` or `augment="light"`.

    Returns:
        The finished run; its `model.keras` takes raw images.

    Raises:
        ValueError: when a setting is wrong, or settings and data do not fit; before the first epoch.
        FileNotFoundError: when data or weights are not there.
        FileExistsError: when a run of that name is there.
        ConnectionError: when the backbone's weights can neither be found nor downloaded.

    Example:
        run = fine_tune("photos/", epochs=5)
        print(run.metrics["accuracy"], run.path / "report.html")
    """
    own = data if isinstance(data, Dataset) else None
    source = own.name if own is not None else str(data)
    recipe = FineTuneRecipe(**{"data": source, "backbone": backbone, "strategy": strategy} | settings)
    backbone_name(recipe.backbone)
    if recipe.weights != "random":
        weights_path(recipe.weights)
    name = name or default_name(recipe)

    def fit(dataset: Dataset, state_path: Path) -> Fitted:
        return fit_stages(recipe, dataset, callbacks=callbacks, title=name, state_path=state_path)

    return record_run(
        recipe,
        name,
        runs_dir=runs_dir,
        load=lambda: own or load_images(recipe, progress=progress),
        fit=fit,
        seed=recipe.seed,
        lang=lang,
    )


def load_images(recipe: FineTuneRecipe, *, progress: Callable[[int, int], None] | None = None) -> Dataset:
    """Load the images that a recipe names: photographs at the size that the backbone is to see, arrays as they are."""
    size = recipe.image_size
    if recipe.data in BUILT_IN and recipe.data != "shapes":
        size = None  # enlarged inside of the model
    elif size is None and Path(recipe.data).is_dir():
        size = PHOTOGRAPH_SIDE
    return load_recipe_data(recipe.replace(image_size=size), progress=progress)
