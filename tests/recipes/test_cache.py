import numpy as np
import pytest

from recipes import cache
from tfgan_suite.core.cache import content_key, load_or_compute
from tfgan_suite.runs import cli


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TFGAN_SUITE_CACHE", str(tmp_path))
    for kind in ("summary", "embedding"):
        load_or_compute(tmp_path / f"{kind}-{content_key(kind)}.npz", lambda: {"x": np.zeros(1000)})
    return tmp_path


def run(*words):
    cli.main(cache.run, cache.Settings, cache.__doc__, argv=list(words))


def test_list_and_clear(folder, capsys):
    run("list")
    printed = capsys.readouterr().out
    assert "summary" in printed
    assert f"2 files, 0.0 MiB in {folder}" in printed
    run("clear", "--kinds", "summary")
    assert "Deleted: 1 files" in capsys.readouterr().out
    assert [path.name.split("-")[0] for path in folder.iterdir()] == ["embedding"]
    run("clear")
    assert list(folder.iterdir()) == []
    run("list")
    assert "0 files" in capsys.readouterr().out


def test_unknown_kind(folder, capsys):
    with pytest.raises(SystemExit):
        run("clear", "--kinds", "everything")
    assert "`kinds` must be one of" in capsys.readouterr().err
    assert len(list(folder.iterdir())) == 2
