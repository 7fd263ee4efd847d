"""From a recipe to augmented training batches, and to nothing else that is augmented."""

import numpy as np
import pytest

from atolye.data import Dataset, Split, load_dataset
from atolye.train import Recipe
from atolye.train import run_epochs as run_epochs_module
from atolye.train.augmentation import mixable, training_augmentation
from atolye.train.fit import fit


def striped(num_classes, *, task="classification", value_range=(0.0, 255.0), scale=1):
    """Images with a bright stripe that tells the class."""
    random = np.random.default_rng(0)
    targets = random.integers(0, num_classes, 160)
    images = random.integers(0, 60, (160, 8, 8, 1)).astype("uint8")
    images[np.arange(160), 2 * targets] += 150
    images = images if scale == 1 else (images * scale).astype("float32")
    ids, names = np.arange(160).astype(str), tuple("abcd"[:num_classes])
    targets, names = (targets, names) if task == "classification" else (targets.astype("float32"), ())
    parts = [Split(images[rows], targets[rows], ids[rows]) for rows in np.split(np.arange(160), [96, 128])]
    return Dataset("striped", "image", task, *parts, names, value_range, "by hand")


def recipe(**settings):
    shared = {"data": "striped", "widths": [4], "epochs": 2, "batch_size": 32, "precision": "float32"}
    return Recipe(**shared | settings)


def steps(technique):
    return [type(step).__name__ for step in technique.steps]


def test_keys_become_techniques():
    data = striped(3)
    assert training_augmentation(recipe(), data) is None
    light = training_augmentation(recipe(augment="light"), data)
    assert steps(light) == ["AlternatingFlip", "PadAndCrop"] and light.steps[0].value_range == (0, 255)
    assert steps(training_augmentation(recipe(augment="light", augment_flip=False), data)) == ["PadAndCrop"]
    mixed = training_augmentation(recipe(augment="light", mix="cut_mix", mix_alpha=0.7, mix_probability=0.5), data)
    assert steps(mixed)[-1] == "CutMix" and (mixed.steps[-1].alpha, mixed.steps[-1].probability) == (0.7, 0.5)
    assert training_augmentation(recipe(mix="mix_up"), data).steps[0].alpha == 0.2


def test_images_that_grow_are_changed_in_full_size_first():
    settings = {"model": "whitened_cnn", "progressive_sizes": {0: 8, 1: 8}}
    grow = training_augmentation(recipe(augment="light", **settings), striped(3))
    assert grow.side(0) == 8 and steps(grow.technique) == ["AlternatingFlip", "PadAndCrop"]
    assert training_augmentation(recipe(**settings), striped(3)).technique is None


@pytest.mark.parametrize("last", [12, 24])
def test_images_that_do_not_grow_to_their_own_size(last):
    """The network would be judged at a size that it has never seen, or could not be trained at all."""
    settings = {"model": "whitened_cnn", "progressive_sizes": {0: 8, 1: last}}
    data = load_dataset("shapes", num_examples=30, image_size=16)
    with pytest.raises(ValueError) as raised:
        training_augmentation(recipe(**settings), data)
    assert str(raised.value) == (
        f"progressive_sizes={{0: 8, 1: {last}}} ends at {last} pixels; the images of 'shapes' have 16, at which the "
        f"model is judged and asked. Let it end at 16; image files can also be loaded with image_size={last}."
    )


def test_two_classes_are_mixed_as_one_share():
    technique = training_augmentation(recipe(mix="mix_up", mix_alpha=1), striped(2))
    part = striped(2).train
    _, shares = technique.augment(part.inputs, part.targets, generator=np.random.default_rng(0))
    assert shares.shape == (96,) and shares.dtype == np.float32 and ((0 < shares) & (shares < 1)).mean() > 0.2
    assert mixable(part, recipe(mix="mix_up"), striped(2)) is part
    rows = mixable(striped(3).train, recipe(mix="mix_up"), striped(3)).targets
    assert np.array_equal(rows.argmax(axis=1), striped(3).train.targets) and rows.shape == (96, 3)


@pytest.mark.parametrize(
    ("settings", "data", "message"),
    [
        ({"mix": "cut_mix"}, striped(3, task="regression"), "^mix='cut_mix' mixes classes; received the regression"),
        (
            {"mix": "mix_up", "class_weight": "balanced"},
            striped(3),
            "^mix='mix_up' and class_weight='balanced' exclude",
        ),
        (
            {"augment": "light"},
            striped(3, value_range=None),
            "^augment='light' needs images with a value range; received",
        ),
    ],
)
def test_what_does_not_go_together(settings, data, message):
    with pytest.raises(ValueError, match=message):
        training_augmentation(recipe(**settings), data)


def test_tables_are_not_augmented():
    with pytest.raises(
        ValueError, match="^augment='strong' needs images .* received the table 'breast_cancer'. Set it"
    ):
        training_augmentation(Recipe(data="breast_cancer", augment="strong"), load_dataset("breast_cancer"))


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"augment": "ligth"}, "augment"), ({"mix_alpha": 0}, "mix_alpha"), ({"mix_probability": 1.2}, "mix_probability")],
)
def test_recipe_keys_are_checked(settings, message):
    with pytest.raises(ValueError, match=f"^recipe key '{message}': input should be"):
        recipe(**settings)


@pytest.mark.parametrize(("num_classes", "mix"), [(3, "cut_mix"), (2, "mix_up")])
def test_training_is_augmented_and_validation_and_test_never(num_classes, mix, monkeypatch):
    data = striped(num_classes)
    before = {name: part.inputs.copy() for name, part in data.splits.items()}
    seen = []

    def watched(split, batch_size, **options):
        dataset = fit_batches(split, batch_size, **options)
        seen.append((options, [(np.asarray(x), np.asarray(y)) for x, y in fit_batches(split, batch_size, **options)]))
        return dataset

    fit_batches = run_epochs_module.batches
    monkeypatch.setattr(run_epochs_module, "batches", watched)
    fitted = fit(recipe(augment="strong", mix=mix), data)
    (training, changed), (validating, untouched) = seen
    assert training["augment"] is not None and training["shuffle"] and "augment" not in validating
    assert np.array_equal(np.concatenate([images for images, _ in untouched]), before["validation"])
    originals = {image.tobytes() for image in before["train"]}
    assert np.mean([image.tobytes() in originals for images, _ in changed for image in images]) < 0.1
    for name, part in data.splits.items():
        assert np.array_equal(part.inputs, before[name])
    # The saved model judges class ids, and its answer to the validation images is the one in the history.
    loss, accuracy = fitted.model.evaluate(data.validation.inputs, data.validation.targets, verbose=0)
    row = fitted.history.iloc[fitted.best_epoch - 1]
    assert (loss, accuracy) == pytest.approx((row["val_loss"], row["val_accuracy"]), rel=1e-4)
    assert row["accuracy"] > 0.2


def test_pixels_in_another_range_than_stated_are_told_before_training():
    with pytest.raises(
        ValueError, match="^Received pixels from .* for a stated value range of 0 to 255.* Bring the im"
    ):
        fit(recipe(augment="light"), striped(3, scale=1 / 255))
    with pytest.raises(ValueError) as raised:  # it would be trained on nearly black images, and asked for others
        fit(recipe(), striped(3, scale=1 / 255, value_range=(0.0, 1.0)))
    assert str(raised.value) == (
        "Received images with value_range=(0, 1); expected (0, 255), as image files have: the networks scale pixels "
        "themselves, and a saved model is asked for files. Bring the images to 0 to 255, and say so."
    )
