"""The guide's rules: whole, in order, and told in plain words."""

import itertools

import pytest

from atolye.transfer.strategy_rules import LADDER, RULES, amount, rule_for

AMOUNTS, LIKENESS = ("few", "some", "many"), ("high", "medium", "low")


def test_there_is_a_rule_for_every_case_and_each_stands_on_the_ladder():
    assert set(RULES) == set(itertools.product(AMOUNTS, LIKENESS))
    for rule in RULES.values():
        assert rule.share in LADDER and rule.reason.endswith(".") and rule.reason[0].islower()
    assert list(LADDER) == sorted(LADDER, reverse=True) and LADDER[-1] == 0


def test_more_examples_or_a_stranger_domain_never_train_less():
    shares = [[RULES[size, alike].share for alike in LIKENESS] for size in AMOUNTS]
    for line in [*shares, *zip(*shares, strict=True)]:
        assert list(line) == sorted(line)


@pytest.mark.parametrize(
    ("examples", "classes", "expected"),
    [
        *((1, None, "few"), (999, 10, "few"), (1_000, 10, "some"), (10_000, 10, "some"), (10_001, None, "many")),
        *((2_000, 100, "some"), (1_999, 100, "few"), (50_000, 5_000, "few")),  # 20 of each class are needed
    ],
)
def test_the_guides_borders(examples, classes, expected):
    assert amount(examples, classes) == expected
    assert rule_for(examples, "low", classes) == RULES[expected, "low"]


def test_the_guides_clear_cases():
    assert rule_for(500, "high").share == 0  # few and similar: feature extraction
    assert 0 < rule_for(5_000, "medium").share < 1  # medium and partly different: partial
    assert rule_for(50_000, "low").share == 1  # many and different: full


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((100, "same"), "Received similarity='same'; expected 'high' .*, 'medium' .* or 'low'"),
        ((0, "high"), "Received num_examples=0; expected 1 or more"),
        ((-5, "high"), "Received num_examples=-5"),
    ],
)
def test_mistakes(arguments, message):
    with pytest.raises(ValueError, match=message):
        rule_for(*arguments)
