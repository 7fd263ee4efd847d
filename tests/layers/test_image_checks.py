import pytest

from atolye.layers.image_checks import check_count, check_groups, check_image, check_window, output_side, positive_pair


@pytest.mark.parametrize(
    ("side", "span", "stride", "padding", "expected"),
    [
        (32, 3, 1, "same", 32),
        (33, 3, 2, "same", 17),
        (32, 3, 1, "valid", 30),
        (7, 3, 2, "valid", 3),
        (5, 5, 1, "valid", 1),
    ],
)
def test_output_side(side, span, stride, padding, expected):
    assert output_side(side, span=span, stride=stride, padding=padding) == expected


def test_unknown_side_stays_unknown():
    assert output_side(None, span=3, stride=2, padding="same") is None
    check_window((None, None, None, 3), kernel_size=(9, 9), strides=(9, 9), dilation_rate=(1, 1))


def test_pairs():
    assert positive_pair("strides", 2, fix="") == positive_pair("strides", [2, 2], fix="") == (2, 2)


@pytest.mark.parametrize("value", [0, -1, (1, 0), (1, 2, 3), (1.5, 1), 2.5, "3", None])
def test_no_pair(value):
    with pytest.raises(
        ValueError, match=r"^Received rate=.*; expected a whole number of 1 or more, or two of them .* Fix it\.$"
    ):
        positive_pair("rate", value, fix="Fix it.")


def test_count_is_whole():
    with pytest.raises(ValueError, match=r"^Received groups=2.0; expected a whole number of 1 or more\. Pass 1\.$"):
        check_count("groups", 2.0, fix="Pass 1.")


def test_groups_divide_filters_and_channels():
    check_groups(4, filters=8, channels=12)
    with pytest.raises(
        ValueError,
        match=r"^Received groups=3 with filters=8; expected a number that divides it\. Take groups out of 1, 2, 4, 8",
    ):
        check_groups(3, filters=8)
    with pytest.raises(
        ValueError,
        match=r"^Received groups=4 with filters=8 on 6 channels; expected .* divides both\. Take groups out of 1, 2\.$",
    ):
        check_groups(4, filters=8, channels=6)


@pytest.mark.parametrize("shape", [(None, 8, 8), (None, 8, 8, None), (8,)])
def test_images_have_four_dimensions_and_known_channels(shape):
    with pytest.raises(ValueError, match=r"expected \(batch, height, width, channels\) with known channels\. Add"):
        check_image(shape)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"kernel_size": (7, 7)},
            r"^Received kernel_size=7 x 7 for images of 6 x 9 pixels; expected at most 6 x 9\. Take a smaller filter",
        ),
        (
            {"kernel_size": (3, 3), "dilation_rate": (3, 3)},
            r"^Received kernel_size=3 x 3 with dilation_rate=3 x 3, which spans 7 x 7, for images of 6 x 9 pixels; ",
        ),
        (
            {"strides": (7, 7)},
            r"^Received strides=7 x 7 for images of 6 x 9 pixels; expected at most 6 x 9, since larger strides ",
        ),
    ],
)
def test_windows_fit_into_the_image(arguments, message):
    fitting = {"kernel_size": (1, 1), "strides": (1, 1), "dilation_rate": (1, 1)}
    check_window((None, 6, 9, 3), **fitting)
    with pytest.raises(ValueError, match=message):
        check_window((None, 6, 9, 3), **fitting | arguments)
