import numpy as np
import pytest

from atolye.augment import POLICIES, CutMix, Flip, Policy, policy

IMAGES = np.random.default_rng(0).integers(0, 256, (64, 32, 32, 3), dtype="uint8")


@pytest.mark.parametrize("shape", [(32, 32, 3), (8, 8, 1), (96, 64, 3)])
@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_takes_every_image(name, shape):
    images = np.random.default_rng(0).integers(0, 256, (4, *shape), dtype="uint8")
    changed = policy(name, shape, value_range=(0, 255)).augment(images, generator=np.random.default_rng(0))
    assert changed.shape == images.shape and changed.dtype == np.uint8
    assert np.array_equal(changed, images) == (name == "none")


def test_severity_rises():
    distances = []
    for name in POLICIES:
        chosen = policy(name, (32, 32, 3), value_range=(0, 255), flip=False)
        smooth = np.broadcast_to(np.linspace(0, 255, 32)[:, None, None], (64, 32, 32, 3)).astype("uint8")
        changed = chosen.augment(smooth, generator=np.random.default_rng(0))
        distances.append(np.abs(changed.astype(float) - smooth).mean())
    assert distances == sorted(distances) and distances[0] == 0


def test_without_flips_nothing_is_mirrored():
    for name in POLICIES:
        kinds = [type(step).__name__ for step in policy(name, (8, 8, 3), value_range=(0, 255), flip=False).steps]
        assert not {"Flip", "AlternatingFlip"} & set(kinds)


def test_steps_see_what_the_one_before_made_and_draw_apart():
    both = Policy([Flip(probability=1.0), Flip(probability=1.0)])
    assert np.array_equal(both.augment(IMAGES, generator=np.random.default_rng(0)), IMAGES)
    apart = Policy([Flip(), Flip()]).augment(IMAGES, generator=np.random.default_rng(0))
    assert 0.3 < np.mean([np.array_equal(a, b) for a, b in zip(apart, IMAGES, strict=True)]) < 0.7


def test_what_steps_need_the_policy_needs():
    mixed = Policy([Flip(), CutMix(3)])
    assert mixed.needs_labels and not Policy([Flip()]).needs_labels
    assert policy("light", (8, 8, 3), value_range=(0, 255)).uses_epoch and not mixed.uses_epoch
    assert Policy([]).augment(IMAGES, generator=np.random.default_rng(0)) is not IMAGES


def test_wrong_names_and_steps():
    with pytest.raises(ValueError, match="^Received the policy 'ligth'; expected one of .*. Did you mean 'light'?"):
        policy("ligth", (8, 8, 3), value_range=(0, 255))
    with pytest.raises(ValueError, match="^Received the step <function .*; expected techniques of atolye.augment"):
        Policy([np.fliplr])
