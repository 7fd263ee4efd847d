"""A saved model judged on other data: classes go by name."""

import shutil

import pytest

from atolye.train import evaluate_run


def test_a_folder_with_fewer_classes_in_another_order_is_judged_by_name(photo_run, photo_folder, tmp_path):
    for label in ("yeşil", "mavi"):
        shutil.copytree(photo_folder / label, tmp_path / "two" / label)
    figures, frame = evaluate_run(photo_run, tmp_path / "two")
    assert len(frame) == 60
    assert figures["accuracy"] > 0.95
    assert set(frame["target"]) == {1, 2}  # the model's ids of mavi and yeşil


def test_views_that_there_are_not_are_told_before_the_data_are_read(photo_run, tmp_path):
    with pytest.raises(ValueError, match="^Received views='flipp'; expected one of .* Did you mean 'flip'?"):
        evaluate_run(photo_run, tmp_path / "nothing here", views="flipp")


def test_an_unknown_class_is_named(photo_run, photo_folder, tmp_path):
    shutil.copytree(photo_folder, tmp_path / "photos")
    (tmp_path / "photos" / "mavi").rename(tmp_path / "photos" / "mor")
    with pytest.raises(
        ValueError, match="classes that the model does not know: mor. Expected only: kırmızı, mavi, yeşil"
    ):
        evaluate_run(photo_run, tmp_path / "photos")
