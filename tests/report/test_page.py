import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from atolye.report import Page, build_report, chart

TEXTS = r"""
[page]
title.tr = "Uygulama 0.1: Şişe"
title.en = "Lab 0.1: Bottle"
lead.tr = "Ne kadar **iyi**?"
lead.en = "How **good**?"

[accuracy]
title.tr = "Doğruluk"
title.en = "Accuracy"

[dropout]
title.tr = "Seyreltme {rate}"
title.en = "Dropout {rate}"
text.tr = "Oran `{rate}`, pay {share:.1%}, $\\frac{a}{b}$"
text.en = "Rate `{rate}`, share {share:.1%}, $\\frac{a}{b}$"
formula = ['y = x / (1-p)']
paper = "Srivastava et al. (2014) https://arxiv.org/abs/1207.0580"

[runs]
caption.tr = "Koşular"
caption.en = "Runs"
columns.kind = { tr = "tür", en = "kind" }
labels."with" = { tr = "ile", en = "with it" }

[curve]
caption.tr = "Eğri {name}"
caption.en = "Curve {name}"
alt.tr = "Düşen bir eğri"
alt.en = "A falling curve"
labels."with dropout" = { tr = "seyreltmeyle", en = "dropout on" }

[scaling]
title.tr = "Ölçekleme"
title.en = "Scaling"
slide.tr = "Slayt 2 der."
slide.en = "The slide says 2."
text.tr = "Ölçülen {measured}."
text.en = "Measured {measured}."

[notice]
text.tr = "{gain:.1%} kazanç, {count} örnek"
text.en = "a gain of {gain:.1%} on {count} examples"

[half]
title.tr = "yarım"
"""


@pytest.fixture
def page(tmp_path: Path) -> Page:
    (tmp_path / "lab.toml").write_text(TEXTS, encoding="utf-8")
    return Page(tmp_path / "out", texts=tmp_path / "lab.toml")


def curve() -> Figure:
    figure, axes = chart()
    axes.plot([1, 2, 3], [3, 2, 1], label="with dropout")
    axes.set(xlabel="epoch", ylabel="loss")
    axes.legend()
    return figure


def test_a_whole_lab(page: Page) -> None:
    page.headline("accuracy", 0.9812)
    page.section("dropout", rate=0.3, share=0.123)
    page.table("runs", pd.DataFrame({"kind": ["with", "<b>"], "accuracy": [0.91234, np.nan], "parameters": [51264, 3]}))
    page.figure("curve", curve(), name="**A**")
    page.slide_check("scaling", measured=1.5, expected="1.5")
    page.notice("notice", gain=0.021, count=12345)
    target = page.save({"name": "lab-0.1", "seed": np.int64(3), "atolye": "0.1.0"})
    html = target.read_text(encoding="utf-8")
    assert target == page.path / "report.html"
    assert '<span lang="tr">Seyreltme 0.3</span><span lang="en">Dropout 0.3</span>' in html
    assert "pay %12.3" in html and "share 12.3%" in html
    assert 'aria-label="\\frac{a}{b}"' in html and 'aria-label="y = x / (1-p)"' in html
    assert '<a href="https://arxiv.org/abs/1207.0580" rel="external noreferrer noopener">Srivastava' in html
    assert '<td class="left"><span lang="tr">ile</span><span lang="en">with it</span></td>' in html
    assert "&lt;b&gt;" in html and ">0.9123<" in html and ">—<" in html and ">51\u202f264<" in html
    assert '<tspan lang="tr">seyreltmeyle</tspan><tspan lang="en">dropout on</tspan>' in html
    assert '<tspan lang="tr">kayıp</tspan><tspan lang="en">loss</tspan>' in html
    assert "Eğri **A**" in html
    assert "Ölçülen 1.5." in html
    assert "%2.1 kazanç, 12\u202f345 örnek" in html and "a gain of 2.1% on" in html
    info = json.loads((page.path / "run.json").read_text(encoding="utf-8"))
    assert (info["kind"], info["format"], info["seed"]) == ("lab", 1, 3)


def test_the_report_is_built_from_the_folder_alone(page: Page, tmp_path: Path) -> None:
    page.section("dropout", rate=0.3, share=0.1)
    page.figure("curve", curve(), name="A")
    first = page.save({"name": "lab"}).read_bytes()
    (tmp_path / "lab.toml").unlink()
    assert build_report(page.path).read_bytes() == first
    (page.path / "figures/curve.svg").unlink()
    with pytest.raises(FileNotFoundError, match=re.escape("has no figures/curve.svg. Run the training or the lab")):
        build_report(page.path)


def test_missing_texts_are_named(page: Page) -> None:
    with pytest.raises(ValueError, match=re.escape("lab.toml has no text nothing.title.tr. Add tr = ...")):
        page.section("nothing")
    with pytest.raises(ValueError, match=re.escape("lab.toml has no text half.title.en.")):
        page.section("half")
    with pytest.raises(ValueError, match=re.escape("lab.toml: notice.text.tr needs a value for {gain}")):
        page.notice("notice", count=1)
    with pytest.raises(ValueError, match=re.escape("lab.toml has no text runs.columns.'colour'.tr and .en. Add it.")):
        page.table("runs", pd.DataFrame({"colour": ["red"]}))


def test_a_name_is_used_once(page: Page) -> None:
    page.figure("curve", curve(), name="A")
    with pytest.raises(ValueError, match="Received the name 'curve' twice"):
        page.figure("curve", curve(), name="B")


def test_wrong_language_and_wrong_figure(page: Page, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Received lang='de'; expected 'tr' or 'en'"):
        Page(tmp_path, texts=tmp_path / "lab.toml", lang="de")
    with pytest.raises(ValueError, match="Received str; expected a matplotlib Figure"):
        page.figure("curve", "no figure", name="A")  # type: ignore[arg-type]


def test_a_wide_figure_takes_the_line(page: Page) -> None:
    page.section("dropout", rate=0.3, share=0.1)
    figure, _ = chart(width=10.4)
    page.figure("curve", figure, name="A")
    assert '<figure id="curve" class="wide">' in page.save({"name": "lab"}).read_text(encoding="utf-8")
