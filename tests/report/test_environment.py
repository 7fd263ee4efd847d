from atolye.report.environment import environment_blocks


def test_only_what_is_known_is_listed() -> None:
    heading, facts = environment_blocks({"seed": 0, "seconds": {"train": 95.0, "warm_up": 1.0}})
    assert heading["id"] == "environment"
    assert [name["en"] for name, _ in facts["items"]] == ["Seed", "Durations"]
    assert facts["items"][1][1] == {
        "tr": "eğitim 1 dk 35 s · warm_up 1.0 s",
        "en": "training 1 min 35 s · warm_up 1.0 s",
    }


def test_what_the_processor_can_and_whether_it_is_used() -> None:
    """Of one model, some virtual machines hide instructions; without oneDNN trainings take up to twice as long."""
    machine = {"cpu": "Xeon", "instructions": ["avx2", "avx512f"], "onednn": False}
    _, facts = environment_blocks({"machine": machine})
    assert [(name["en"], value) for name, value in facts["items"]] == [
        ("Processor", "Xeon"),
        ("Instructions", "avx2, avx512f"),
        ("oneDNN", {"tr": "kullanılmadı", "en": "not used"}),
    ]
    _, facts = environment_blocks({"machine": {"cpu": "Xeon", "instructions": [], "onednn": None}})
    assert [name["en"] for name, _ in facts["items"]] == ["Processor"]


def test_nothing_known_no_section() -> None:
    assert environment_blocks({}) == []


def test_precision_may_say_why() -> None:
    _, facts = environment_blocks({"precision": {"policy": "bfloat16", "speedup": 1.9, "measured": None}})
    assert facts["items"][0][1] == "bfloat16 · 1.9"


def test_versions_in_one_line() -> None:
    _, facts = environment_blocks({"atolye": "0.1.0", "versions": {"keras": "3.15.1"}})
    assert facts["items"][0][1] == "atolye 0.1.0 · keras 3.15.1"
