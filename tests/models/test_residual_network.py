import pytest

from atolye.models.residual_network import PLANS, residual_plan

OPTIONS = {"widths": None, "dropout": 0.0, "l2": 0.0}


@pytest.mark.parametrize("depth", PLANS)
def test_depth_is_the_number_of_layers_with_weights(depth):
    plan = PLANS[depth]
    assert (3 if plan.bottleneck else 2) * sum(plan.blocks) + 2 == depth
    assert len(plan.blocks) == len(plan.widths)


def test_own_widths():
    assert residual_plan(20, (5, 5, 1), **OPTIONS | {"widths": [4, 8, 8]}).widths == (4, 8, 8)


@pytest.mark.parametrize(
    ("depth", "shape", "arguments", "message"),
    [
        (
            21,
            (32, 32, 3),
            {},
            "^Received depth=21; expected one of 20, 32, 44, 56, 110, 164 for small images such as CIFAR's, or 18, 34",
        ),
        (
            18,
            (32, 48, 3),
            {},
            "^Received images of 32 x 48 pixels; expected at least 33 x 33, since a network of depth 18 halves them 5 "
            "times and has 3 x 3 filters after that. Take larger images, or a depth for small ones such as 20.",
        ),
        (20, (32, 4, 3), {}, "^Received images of 32 x 4 pixels; expected at least 5 x 5, .* Take larger images.$"),
        (
            20,
            (32, 32, 3),
            {"widths": (16, 32)},
            r"^Received widths=\(16, 32\) for depth=20; expected 3 of them, one a stage. The paper's are \(16, 32",
        ),
        (20, (32, 32), {}, r"^Received input_shape=\(32, 32\)"),
    ],
)
def test_bad_arguments(depth, shape, arguments, message):
    with pytest.raises(ValueError, match=message):
        residual_plan(depth, shape, **OPTIONS | arguments)
