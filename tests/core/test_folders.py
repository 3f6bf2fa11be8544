"""Folders are written whole or not at all."""

import os

import pytest

from tfgan_suite.core.folders import write_whole_folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_becomes_the_path_at_the_end(tmp_path):
    with write_whole_folder(tmp_path / "a" / "b") as folder:
        (folder / "x").write_text("1")
        assert names(tmp_path / "a") != ["b"]
    assert names(tmp_path / "a") == ["b"]
    assert names(tmp_path / "a" / "b") == ["x"]


def test_replaces_an_older_folder(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "old").write_text("0")
    with write_whole_folder(tmp_path / "b") as folder:
        (folder / "new").write_text("1")
    assert names(tmp_path) == ["b"]
    assert names(tmp_path / "b") == ["new"]


def test_an_error_leaves_the_older_folder(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "old").write_text("0")

    def interrupted():
        with write_whole_folder(tmp_path / "b") as folder:
            (folder / "new").write_text("1")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert names(tmp_path) == ["b"]
    assert names(tmp_path / "b") == ["old"]


def test_a_failed_rename_brings_the_older_folder_back(tmp_path, monkeypatch):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "old").write_text("0")
    rename = os.rename

    def failing(source, target):
        if os.path.basename(source) == "new":
            raise OSError("no")
        rename(source, target)

    monkeypatch.setattr(os, "rename", failing)
    with pytest.raises(OSError, match="no"), write_whole_folder(tmp_path / "b"):
        pass
    assert names(tmp_path) == ["b"]
    assert names(tmp_path / "b") == ["old"]


def test_readable_as_any_new_folder(tmp_path):
    with write_whole_folder(tmp_path / "b"):
        pass
    (tmp_path / "c").mkdir()
    assert (tmp_path / "b").stat().st_mode == (tmp_path / "c").stat().st_mode
