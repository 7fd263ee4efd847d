import re

import pytest

from atolye.report.formula import formula_svg


def test_a_formula_is_one_path_with_its_source_as_alternative_text() -> None:
    svg = formula_svg(r"\hat{x} = \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}}")
    assert svg.count("<path") == 1 and 'fill="currentColor"' in svg
    assert r'aria-label="\hat{x} = \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}}"' in svg
    assert "id=" not in svg and "http" not in svg


def test_dollar_signs_do_not_matter_and_display_is_larger() -> None:
    assert formula_svg("$x$") == formula_svg("x")
    widths = [float(re.search(r"width:([\d.]+)em", formula_svg("x", display=d))[1]) for d in (True, False)]
    assert widths[0] > widths[1] > 0.3


def test_what_hangs_below_the_line_is_lowered() -> None:
    drop = [float(re.search(r"vertical-align:(-?[\d.]+)em", formula_svg(s))[1]) for s in ("a", "y")]
    assert drop[1] < drop[0] <= 0


def test_bad_source_is_named() -> None:
    with pytest.raises(ValueError, match="Received the formula .* which mathtext cannot read"):
        formula_svg(r"\frac{a}")
