"""Files are whole or absent."""

import pytest

from atolye import files


def test_a_write_replaces_the_file_and_leaves_nothing_beside_it(tmp_path):
    files.write_text(tmp_path / "new" / "a.txt", "ğ")
    files.write_text(tmp_path / "new" / "a.txt", "İ\n")
    assert (tmp_path / "new" / "a.txt").read_bytes() == "İ\n".encode()
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.txt"]


def test_an_error_keeps_the_old_file(tmp_path):
    files.write_bytes(tmp_path / "a.keras", b"old")
    with pytest.raises(RuntimeError), files.atomic_path(tmp_path / "a.keras") as partial:
        assert partial.suffix == ".keras"
        partial.write_bytes(b"half")
        raise RuntimeError
    assert (tmp_path / "a.keras").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_written_files_follow_the_umask(tmp_path):
    files.write_text(tmp_path / "a.txt", "")
    (tmp_path / "plain.txt").write_text("")
    assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "plain.txt").stat().st_mode


def test_the_cache_folder_can_be_chosen(tmp_path, monkeypatch):
    monkeypatch.setenv("ATOLYE_CACHE_DIR", str(tmp_path / "cache"))
    assert files.cache_dir() == tmp_path / "cache"
    assert files.cache_dir().is_dir()
