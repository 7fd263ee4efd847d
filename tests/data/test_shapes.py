import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier

from atolye.data.shapes import CLASS_NAMES, draw_shapes, shapes


@pytest.fixture(scope="module")
def drawn():
    return draw_shapes(2000, image_size=64, seed=0)


def test_dataset_has_masks_and_even_classes():
    dataset = shapes(image_size=32, num_examples=200)
    assert dataset.input_shape == (32, 32, 3) and dataset.num_classes == 10
    assert dataset.train.masks.shape == (140, 32, 32) and dataset.train.masks.dtype == bool
    assert {sum(counts[name] for counts in dataset.class_counts().values()) for name in CLASS_NAMES} == {20}


def test_same_seed_same_images_and_fewer_are_the_beginning_of_more(drawn):
    images, masks, targets = draw_shapes(130, image_size=64, seed=0)
    for small, large in zip((images, masks, targets), drawn, strict=True):
        assert np.array_equal(small, large[:130])
    assert not np.array_equal(draw_shapes(130, image_size=64, seed=1)[0], images)


def test_every_object_is_wholly_inside_and_large_enough(drawn):
    masks = drawn[1]
    share = masks.mean(axis=(1, 2))
    assert share.min() > 0.04 and share.max() < 0.35
    border = masks[:, 0].any(1) | masks[:, -1].any(1) | masks[:, :, 0].any(1) | masks[:, :, -1].any(1)
    assert border.mean() < 0.05


def test_the_mask_is_where_the_object_is_painted(drawn):
    images, masks, _ = drawn
    pixels = images[:200].reshape(200, -1, 3).astype(float)
    inside = masks[:200].reshape(200, -1, 1)
    object_colour = (pixels * inside).sum(1) / inside.sum(1)
    ground_colour = (pixels * ~inside).sum(1) / (~inside).sum(1)
    assert np.median(np.linalg.norm(object_colour - ground_colour, axis=1)) > 80


def test_a_linear_model_on_pixels_fails(drawn):
    images, _, targets = drawn
    flat = images.reshape(len(images), -1) / np.float32(255)
    # Ridge stands for all linear models here: it is solved in closed form, within a second.
    linear = RidgeClassifier(alpha=100.0).fit(flat[:1600], targets[:1600])
    assert linear.score(flat[1600:], targets[1600:]) < 0.5


def test_colour_says_nothing_about_the_class(drawn):
    images, masks, targets = drawn
    inside = masks[..., None]
    colours = (images * inside).sum((1, 2)) / inside.sum((1, 2))
    colours = np.concatenate([colours, images.mean((1, 2))], axis=1) / 255
    for model in (LogisticRegression(max_iter=500), KNeighborsClassifier(15)):
        assert model.fit(colours[:1500], targets[:1500]).score(colours[1500:], targets[1500:]) < 0.2


def test_the_outline_tells_the_class(drawn):
    _, masks, targets = drawn
    # Moments about the centre up to order 6 that no turn changes: the radial ones and two angular magnitudes.
    place = np.arange(64, dtype=np.float64)
    features = []
    for mask in masks:
        y, x = place[np.nonzero(mask)[0]], place[np.nonzero(mask)[1]]
        z = (x - x.mean()) + 1j * (y - y.mean())
        z /= np.sqrt(len(z))
        radial = [(abs(z) ** power).mean() for power in (2, 4, 6)]
        features.append([*radial, *(abs((z**power * abs(z) ** 2).mean()) for power in (1, 2, 3, 4, 5))])
    features = np.log(np.array(features) + 1e-4)
    features = (features - features.mean(0)) / features.std(0)
    model = KNeighborsClassifier(5).fit(features[:1500], targets[:1500])
    assert model.score(features[1500:], targets[1500:]) > 0.8


def test_size_changes_the_resolution_and_not_the_scene():
    small, large = (draw_shapes(50, image_size=size)[1].mean((1, 2)) for size in (48, 96))
    assert np.abs(small - large).max() < 0.02


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image_size": 8}, "image_size of shapes must be from 16 to 1024 pixels; received 8"),
        ({"num_examples": 29}, "at least 30, three of each class; received 29"),
    ],
)
def test_out_of_range_is_an_error(arguments, message):
    with pytest.raises(ValueError, match=message):
        shapes(**arguments)
