import os

import pytest

from atolye.data.image_files import find_images, image_file, list_images


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def names(folder):
    return [os.path.relpath(file.path, folder) for file in find_images(folder)]


def test_images_are_told_by_ending_in_any_case_and_sorted(tmp_path):
    for name in ("b.JPG", "a/c.Png", "a.tiff", "notes.txt", "noending", "a.jpg.bak"):
        touch(tmp_path / name)
    assert names(tmp_path) == ["a.tiff", "a/c.Png", "b.JPG"]


def test_hidden_files_and_archive_litter_are_passed_over(tmp_path):
    for name in (".hidden.png", ".git/a.png", "__MACOSX/a.png", "._a.jpg", "a.png"):
        touch(tmp_path / name)
    assert names(tmp_path) == ["a.png"]


def test_loops_of_links_end_and_do_not_lead_out(tmp_path):
    touch(tmp_path / "cat" / "1.png")
    touch(tmp_path / "dog" / "1.png")
    (tmp_path / "cat" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "cat" / "self").symlink_to(tmp_path / "cat", target_is_directory=True)
    assert names(tmp_path / "cat") == ["1.png"]


def test_linked_folder_is_entered(tmp_path):
    touch(tmp_path / "elsewhere" / "1.png")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "cat").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert names(tmp_path / "data") == ["cat/1.png"]


def test_broken_link_is_kept_for_reading_to_report(tmp_path):
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere.png")
    assert names(tmp_path) == ["gone.png"]
    assert image_file(tmp_path / "gone.png").size == 0


def test_list_images_takes_files_and_folders(tmp_path):
    touch(tmp_path / "one" / "a.png")
    single = touch(tmp_path / "single.png")
    assert list_images([tmp_path / "one", single]) == [tmp_path / "one" / "a.png", single]
    with pytest.raises(FileNotFoundError, match=r"no file or folder named '.*absent'"):
        list_images([tmp_path / "absent"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"empty' holds no image \(\.bmp, "):
        list_images([tmp_path / "empty"])
