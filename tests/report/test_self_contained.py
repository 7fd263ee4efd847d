"""The page needs nothing but itself, speaks both languages everywhere, and is readable without seeing."""

import re
from collections import Counter
from html.parser import HTMLParser

import pytest

from atolye.report import build_report

VOID = {"meta", "link", "img", "br", "hr", "input", "path", "use", "rect", "circle", "line", "image", "stop"}


class Reader(HTMLParser):
    """Collects what the tests ask about: ids, addresses, pictures, and children by language."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.fetched: list[str] = []
        self.links: list[dict[str, str | None]] = []
        self.pictures: list[tuple[str, dict[str, str | None]]] = []
        self.styles = ""
        self.one_language: list[str] = []
        self.open: list[tuple[str, list[tuple[str, str]]]] = [("root", [])]

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.ids += [str(given["id"])] if "id" in given else []
        self.styles += " ".join(str(given.get(name, "")) for name in ("style", "fill", "stroke", "clip-path"))
        if tag == "a":
            self.links.append(given)
        else:
            self.fetched += [str(given[name]) for name in ("src", "href", "data", "action", "poster") if name in given]
        if tag in {"svg", "img"}:
            self.pictures.append((tag, given))
        if given.get("lang") and tag != "html":
            self.open[-1][1].append((tag, str(given["lang"])))
        if tag not in VOID and not (self.get_starttag_text() or "").endswith("/>"):
            self.open.append((tag, []))

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        name, languages = self.open.pop()
        assert name == tag, f"</{tag}> closes <{name}>"
        if Counter(language for _, language in languages if language == "tr") != Counter(
            "tr" for _, language in languages if language == "en"
        ):
            self.one_language.append(f"<{tag}>: {languages}")

    def handle_data(self, data: str) -> None:
        if self.open[-1][0] == "style":
            self.styles += data


BUILT: dict[str, str] = {}  # a page is built once for all tests of this file


@pytest.fixture(params=["classification", "binary", "regression"])
def page(request: pytest.FixtureRequest) -> str:
    if request.param not in BUILT:
        if request.param == "binary":
            run = request.getfixturevalue("make_classification_run")(["hayır", "evet"])
        else:
            run = request.getfixturevalue(f"{request.param}_run")
        BUILT[request.param] = build_report(run).read_text(encoding="utf-8")
    return BUILT[request.param]


@pytest.fixture
def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


def test_nothing_is_fetched(read: Reader, page: str) -> None:
    assert all(address.startswith(("data:", "#")) for address in read.fetched)
    assert read.fetched.count("data:,") == 1
    assert "@import" not in read.styles
    assert all(address.startswith("#") for address in re.findall(r"url\(['\"]?([^)'\"]*)", read.styles))
    for link in read.links:
        address = str(link["href"])
        assert address.startswith("#") or (address.startswith("https://") and "noreferrer" in str(link["rel"]))
    assert "default-src 'none'" in page
    assert not re.search(r"\b(fetch|XMLHttpRequest|import)\s*\(", page)


def test_every_link_inside_leads_somewhere(read: Reader) -> None:
    inner = [str(link["href"])[1:] for link in read.links if str(link["href"]).startswith("#")]
    inner += [address[1:] for address in read.fetched if address.startswith("#")]
    assert set(inner) <= set(read.ids)


def test_every_picture_has_alternative_text_in_both_languages(read: Reader) -> None:
    assert read.pictures
    for tag, given in read.pictures:
        shown = given.get("alt") if tag == "img" else given.get("aria-label")
        assert shown, given
        if given.get("class") == "formula":
            continue
        assert given.get("data-alt-tr") == shown and given.get("data-alt-en")
        assert tag == "img" or given.get("role") == "img"


def test_each_text_is_there_in_both_languages(read: Reader) -> None:
    assert read.one_language == []


def test_no_id_is_given_twice(read: Reader) -> None:
    assert [name for name, count in Counter(read.ids).items() if count > 1] == []


def test_charts_take_the_colour_of_the_page(page: str) -> None:
    charts = re.findall(r'<svg class="chart".*?</svg>', page, flags=re.DOTALL)
    assert charts
    for chart in charts:
        assert not re.search(r"(?:fill|stroke): #(?!ffffff)[0-9a-f]{6}", chart)
        assert "DejaVu" not in chart and "<style" not in chart
