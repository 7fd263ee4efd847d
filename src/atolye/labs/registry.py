"""The labs by number: which there are, how to run one, how to copy one to change it."""

import shutil
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from atolye.errors import did_you_mean
from atolye.files import atomic_path


@dataclass(frozen=True)
class Lab:
    """One lab of the course.

    Args:
        number: week and lab, such as `"1.1"`.
        title: what it is about, one line.
        module: where it lives; it has `main(*, quick, full, data_dir, seed, lang, out)` and `BANDS`.
    """

    number: str
    title: str
    module: str

    @property
    def files(self) -> tuple[Path, Path]:
        """The script and its texts."""
        script = Path(__file__).parents[1].joinpath(*self.module.split(".")[1:]).with_suffix(".py")
        return script, script.with_suffix(".toml")


_ALL = (
    Lab(
        "1.1",
        "The Sequential API: layers, activations, initialisation, regularisation, normalisation, dropout",
        "atolye.labs.hafta1_pazar.uygulama_01_keras_sequential",
    ),
    Lab(
        "1.2",
        "Callbacks and the learning rate: stop, save, slow down, your own callback, the range test, ten schedules",
        "atolye.labs.hafta1_pazar.uygulama_02_callbacks_lr",
    ),
    Lab(
        "1.3",
        "The Functional API: many inputs, merging, skip connections, many outputs, the auxiliary loss",
        "atolye.labs.hafta1_pazar.uygulama_03_functional_api",
    ),
    Lab(
        "1.4",
        "The custom training loop: GradientTape, clipping, mixed precision, own loss and metric, the mini project",
        "atolye.labs.hafta1_pazar.uygulama_04_custom_loop",
    ),
    Lab(
        "2.1",
        "The parts of a CNN: filters, strides, pooling, feature maps, FLOPs, dilation, groups, normalisation",
        "atolye.labs.hafta2_cumartesi.uygulama_01_cnn_temelleri",
    ),
    Lab(
        "2.2",
        "Data augmentation: the pipeline, eleven techniques, MixUp and CutMix, how much is too much, what it costs",
        "atolye.labs.hafta2_cumartesi.uygulama_02_data_augmentation",
    ),
    Lab(
        "2.3",
        "Advanced CNNs: residual blocks, separable convolution, squeeze-and-excitation, accuracy for its price",
        "atolye.labs.hafta2_cumartesi.uygulama_03_ileri_cnn",
    ),
    Lab(
        "2.4",
        "Transfer learning: three strategies, two stages, frozen norms, forgetting, Grad-CAM, mistakes, advice",
        "atolye.labs.hafta2_cumartesi.uygulama_04_transfer_learning",
    ),
)

LABS: dict[str, Lab] = {lab.number: lab for lab in _ALL}


def run_lab(number: str, **options: Any) -> dict[str, Any]:
    """Run a lab and return its figures.

    Args:
        number: such as `"1.1"`.
        options: what the lab's `main` takes: `quick`, `full`, `data_dir`, `seed`, `lang`, `out`.

    Raises:
        ValueError: when there is no such lab, or both `quick` and `full` are asked for.

    Example:
        run_lab("1.1", quick=True, out="runs/first")
    """
    lab = _find(number)
    if options.get("quick") and options.get("full"):
        raise ValueError("received --quick and --full; expected one of them, or neither for the default.")
    return import_module(lab.module).main(**options)


def copy_lab(number: str, folder: str | Path) -> list[Path]:
    """Copy a lab's script and texts to `folder`, to change and run them there; return the new files.

    The copy runs on its own with `python uygulama_....py`, as long as atolye is installed.

    Args:
        number: such as `"1.1"`.
        folder: made when it is not there.

    Raises:
        ValueError: when there is no such lab.
        FileExistsError: when a copy is already there; what you changed is never overwritten.

    Example:
        >>> import tempfile
        >>> [path.name for path in copy_lab("1.1", tempfile.mkdtemp())]
        ['uygulama_01_keras_sequential.py', 'uygulama_01_keras_sequential.toml']
    """
    sources = _find(number).files
    copies = [Path(folder) / source.name for source in sources]
    for copy in copies:
        if copy.exists():
            raise FileExistsError(f"{copy} exists already. Move it away, or copy the lab to another folder.")
    for source, copy in zip(sources, copies, strict=True):
        with atomic_path(copy) as partial:
            shutil.copyfile(source, partial)
    return copies


def _find(number: str) -> Lab:
    if number not in LABS:
        raise ValueError(f"there is no lab {number!r}; expected one of {', '.join(LABS)}.{did_you_mean(number, LABS)}")
    return LABS[number]
