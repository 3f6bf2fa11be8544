import errno
import logging
from pathlib import Path

import numpy as np
import pytest

from tfgan_suite.core import cache
from tfgan_suite.core.cache import cache_dir, cache_entries, clear_cache, content_key, load_or_compute


def test_cache_dir_is_the_environment_variable(monkeypatch, tmp_path):
    monkeypatch.setenv("TFGAN_SUITE_CACHE", str(tmp_path))
    assert cache_dir() == tmp_path


@pytest.mark.parametrize(
    ("platform", "variable", "expected"),
    [
        ("linux", "XDG_CACHE_HOME", Path("/somewhere/tfgan_suite")),
        ("win32", "LOCALAPPDATA", Path("/somewhere/tfgan_suite/cache")),
        ("darwin", None, Path.home() / "Library" / "Caches" / "tfgan_suite"),
        ("linux", None, Path.home() / ".cache" / "tfgan_suite"),
    ],
)
def test_cache_dir_is_the_platforms_own_place(monkeypatch, platform, variable, expected):
    for name in ("TFGAN_SUITE_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(variable, "/somewhere")
    monkeypatch.setattr(cache.sys, "platform", platform)
    assert cache_dir() == expected


def test_content_key_depends_on_every_part():
    zeros = np.zeros((2, 3), np.uint8)
    parts = [
        ("a", "bc"),
        ("ab", "c"),
        (b"a", "bc"),
        (1,),
        (1.0,),
        (True,),
        (None,),
        ("None",),
        (zeros,),
        (zeros.reshape(3, 2),),
        (zeros.view(np.int8),),
        (),
    ]
    assert len({content_key(*part) for part in parts}) == len(parts)


def test_content_key_depends_on_nothing_else():
    array = np.arange(12).reshape(3, 4)
    assert content_key(array.T, 3) == content_key(np.ascontiguousarray(array.T), np.int64(3))


def test_content_key_refuses_what_has_no_canonical_bytes():
    with pytest.raises(ValueError, match="content key"):
        content_key([1, 2])


def test_computes_once(tmp_path):
    calls = []

    def compute():
        calls.append(1)
        return {"values": np.arange(5), "cost": 2.5}

    for _ in range(2):
        arrays = load_or_compute(tmp_path / "deep" / "er" / "kept.npz", compute)
        np.testing.assert_array_equal(arrays["values"], np.arange(5))
        assert float(arrays["cost"]) == 2.5
    assert len(calls) == 1
    assert [file.name for file in (tmp_path / "deep" / "er").iterdir()] == ["kept.npz"]


@pytest.mark.parametrize("damage", [b"", b"not a zip file", "truncate", "flip"])
def test_damaged_file_is_computed_again(tmp_path, caplog, damage):
    path = tmp_path / "kept.npz"
    expected = np.arange(1000.0)
    load_or_compute(path, lambda: {"values": expected})
    whole = path.read_bytes()
    if damage == "truncate":
        damage = whole[: len(whole) // 2]
    elif damage == "flip":
        damage = whole[:3000] + bytes(byte ^ 255 for byte in whole[3000:3100]) + whole[3100:]
    path.write_bytes(damage)
    with caplog.at_level(logging.WARNING):
        arrays = load_or_compute(path, lambda: {"values": expected})
    assert "damaged" in caplog.text
    np.testing.assert_array_equal(arrays["values"], expected)
    caplog.clear()
    load_or_compute(path, lambda: pytest.fail("the repaired file is not read"))
    assert caplog.text == ""


def test_full_disk_costs_only_the_saving(tmp_path, caplog, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache.np, "savez", full)
    arrays = load_or_compute(tmp_path / "kept.npz", lambda: {"values": np.ones(3)})
    np.testing.assert_array_equal(arrays["values"], np.ones(3))
    assert "No space left on device" in caplog.text
    assert list(tmp_path.iterdir()) == []


def test_error_while_computing_leaves_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError):
        load_or_compute(tmp_path / "kept.npz", lambda: {"values": 1 / 0})
    assert list(tmp_path.iterdir()) == []


def test_entries_and_clearing(tmp_path):
    assert cache_entries(tmp_path / "none") == []
    for kind, size in (("embedding", 10), ("summary", 1000), ("summary", 500)):
        load_or_compute(tmp_path / f"{kind}-{content_key(kind, size)}.npz", lambda size=size: {"x": np.zeros(size)})
    (tmp_path / "notes.npz").write_bytes(b"a user's own file")
    entries = cache_entries(tmp_path)
    assert [entry.kind for entry in entries] == ["summary", "summary", "embedding"]
    assert [entry.num_bytes for entry in entries] == [entry.path.stat().st_size for entry in entries]
    assert entries[0].num_bytes > 8000
    assert clear_cache(["embedding"], tmp_path) == entries[2:]
    assert cache_entries(tmp_path) == entries[:2]
    assert clear_cache(folder=tmp_path) == entries[:2]
    assert [path.name for path in tmp_path.iterdir()] == ["notes.npz"]
