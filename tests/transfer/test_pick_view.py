"""One view of each example and epoch, the same with any number of parallel calls."""

import numpy as np
import pytest

from atolye.data import Split, batches
from atolye.transfer import PickView


def split(count=20, views=3):
    """Features whose value says the example (tens) and the view (ones)."""
    values = 10 * np.arange(count)[:, None] + np.arange(views)[None]
    return Split(np.repeat(values[..., None], 2, -1).astype("float16"), np.arange(count), np.arange(count).astype(str))


def epochs(count, **options):
    dataset = batches(split(), 6, shuffle=True, seed=3, augment=PickView(), **options)
    return [[(np.asarray(features), np.asarray(targets)) for features, targets in dataset] for _ in range(count)]


def test_each_view_comes_over_the_epochs_and_targets_stay_with_their_features():
    seen = set()
    for epoch in epochs(12):
        for features, targets in epoch:
            assert features.shape == (len(targets), 2) and features.dtype == np.float16
            np.testing.assert_array_equal(features[:, 0] // 10, targets)
            seen.update(features[:, 0].astype(int).tolist())
    assert seen == {10 * example + view for example in range(20) for view in range(3)}


def test_the_same_with_one_and_with_eight_parallel_calls_and_not_in_each_epoch():
    one, eight = epochs(3, num_parallel_calls=1), epochs(3, num_parallel_calls=8)
    for epoch, other in zip(one, eight, strict=True):
        for (features, targets), (others, same) in zip(epoch, other, strict=True):
            np.testing.assert_array_equal(features, others)
            np.testing.assert_array_equal(targets, same)
    views = [
        dict(zip(np.concatenate([t for _, t in e]), np.concatenate([f for f, _ in e])[:, 0], strict=True)) for e in one
    ]
    assert views[0] != views[1]


def test_maps_too():
    maps = np.zeros((4, 2, 3, 3, 5))
    assert PickView().augment(maps, generator=np.random.default_rng(0)).shape == (4, 3, 3, 5)


@pytest.mark.parametrize("shape", [(4, 5), (4, 3, 3, 5)])
def test_features_without_views_are_refused(shape):
    with pytest.raises(
        ValueError, match=r"expected \(batch, views, height, width, channels\) or .* leave PickView out"
    ):
        PickView().augment(np.zeros(shape), generator=np.random.default_rng(0))
