"""What the slide on the Functional API leaves out or gets wrong, each tried in this Keras; no training needed."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers

from atolye.labs.slide_lines import error_of
from atolye.report import Page

LOSSES = {"main": "binary_crossentropy", "aux": "sparse_categorical_crossentropy"}


def check_graph(page: Page, model: keras.Model, rows: list[np.ndarray]) -> None:
    """Feed two inputs in the wrong order, pass the activation by position, put a graph into a Sequential.

    Args:
        page: where the boxes go.
        model: the slide's network.
        rows: its two inputs, numeric and categorical.
    """
    page.notice("input_order", error=error_of(lambda: model(rows[::-1])))
    positional = layers.Dense(64, "relu").get_config()["activation"]
    page.slide_check("positional", measured=f"activation='{positional}'", expected="activation='relu'")
    inputs = keras.Input((20,))
    block = keras.Model(inputs, layers.add([inputs, layers.Dense(20, "relu")(inputs)]))
    sequential = keras.Sequential([keras.Input((20,)), block, layers.Dense(1, "sigmoid")])
    page.slide_check("sequential", measured=sequential.count_params(), expected=20 * 21 + 21)


def check_widths(page: Page) -> None:
    """Add branches of 64 and 32 units, and of 64 and 1."""
    wide, narrow, one = keras.Input((64,)), keras.Input((32,)), keras.Input((1,))
    page.slide_check("widths", measured=error_of(lambda: layers.add([wide, narrow])), expected="Dense(64)(x2)")
    page.notice("broadcast", tone="warning", shape=str(layers.add([wide, one]).shape))


def check_outputs(page: Page, build: Callable[[bool], keras.Model], rows: list[np.ndarray], targets: dict) -> None:
    """Leave out a loss, give metrics, weights and targets as lists: what raises an error, and what is silent.

    Args:
        page: where the boxes go.
        build: builds the slide's network; True gives its outputs as a dictionary.
        rows: its two inputs.
        targets: `main` in 0 and 1, `aux` in 0 to 2.
    """

    def attempt(targets: Any, *, named: bool = False, **settings: Any) -> tuple[str, dict[str, float]]:
        model, found = build(named), {}
        model.compile("adam", run_eagerly=True, **settings)
        return error_of(lambda: found.update(model.evaluate(rows, targets, verbose=0, return_dict=True))), found

    only_main = {"main": LOSSES["main"]}
    missing, _ = attempt(targets, loss=only_main)
    single, _ = attempt(targets, loss=LOSSES["main"])
    named, _ = attempt(targets, named=True, loss=only_main)
    silence = {"tr": "(hata yok)", "en": "(no error)"}
    both = "loss={'main': …, 'aux': …}"
    page.slide_check("missing_loss", measured=missing, expected=both, single=single, named=named or silence)
    listed, _ = attempt(targets, loss=LOSSES, metrics=["accuracy", "AUC"])
    page.slide_check("metrics_list", measured=listed, expected="metrics={'main': ['accuracy', 'AUC'], …}")
    _, sums = attempt(targets, named=True, loss=LOSSES, loss_weights=[1.0, 0.0])
    page.slide_check("weight_order", measured=sums["loss"], expected=sums["main_loss"], aux=sums["aux_loss"])
    swapped, _ = attempt([targets["aux"], targets["main"]], loss=LOSSES)
    page.notice("swapped_labels", tone="warning", error=swapped or silence)
