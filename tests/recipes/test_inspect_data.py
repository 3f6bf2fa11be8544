import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recipes import inspect_data
from tfgan_suite.runs import cli

RNG = np.random.default_rng(0)


def inspect(*arguments):
    cli.main(inspect_data.run, inspect_data.Settings, inspect_data.__doc__, argv=list(map(str, arguments)))


def put(path, height=8, width=8):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(RNG.integers(0, 256, (height, width, 3), np.uint8)).save(path)


def test_digits(tmp_path, capsys):
    inspect("digits", "--out", tmp_path / "digits.png")
    printed = capsys.readouterr().out
    for fact in ("8 x 8, grey, 1 channel", "1,437 images", "360 images", "values 0 to 255", "classes    10"):
        assert fact in printed
    assert printed.count("\n") < 25
    assert Image.open(tmp_path / "digits.png").width > 500


def test_folder_with_damage(tmp_path, capsys):
    for index in range(22):
        put(tmp_path / "in" / "train" / f"[class {index:02}]" / "a.png", 8, 9)
    for index in range(11):
        put(tmp_path / "in" / "train" / "[class 00]" / f"{index}.png", 8, 9)
    (tmp_path / "in" / "test" / "[class 00]").mkdir(parents=True)
    copied = (tmp_path / "in" / "train" / "[class 00]" / "0.png").read_bytes()
    for name in ("train/[class 00]/z.png", "test/[class 00]/z.png"):
        (tmp_path / "in" / name).write_bytes(copied)
    (tmp_path / "in" / "train" / "[class 05]" / "bad.png").write_text("no picture")
    inspect(tmp_path / "in", "--out", tmp_path / "sheet.png")
    printed = " ".join(capsys.readouterr().out.split())
    for part in (
        "8 x 9, colour, 3 channels",
        "0 [class 00] 13 1",
        "… 3 more",
        "21 [class 21] 1 0",
        "the images are not square",
        "the classes are uneven: from 1 to 13",
        "1 train images are copies",
        "1 test images are training images",
        "1 of 36 files cannot be read",
        "bad.png: not a picture in a known format",
        "training refuses more than 1%",
    ):
        assert part in printed, part


def test_unlabelled(tmp_path, capsys):
    put(tmp_path / "in" / "a.png")
    inspect(tmp_path / "in", "--out", tmp_path / "sheet.png", "--image-size", 16, "--channels", 1)
    printed = " ".join(capsys.readouterr().out.split())
    assert "16 x 16, grey, 1 channel" in printed
    assert "classes none" in printed
    assert "Lanczos" in printed
    assert "Note" not in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["./nowhere"], "must be a file or folder that exists"),
        (["digits", "--out", "sheet.jpg"], "`out` must be a .png file"),
        (["digits", "--channels", "2"], "`channels` must be one of"),
        (["digits", "--image-size", "-3"], "`image_size` must be above 0"),
        (["digits", "--columns", "0"], "`num_columns` must be above 0"),
    ],
)
def test_mistakes_end_in_a_sentence(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as caught:
        inspect(*arguments)
    assert caught.value.code == 1
    assert message in " ".join(capsys.readouterr().err.split())
    assert os.listdir(tmp_path) == []


def test_unknown_option(capsys):
    with pytest.raises(SystemExit) as caught:
        inspect("digits", "--size", "3")
    assert caught.value.code == 2
    assert "--image-size" in capsys.readouterr().err


def test_help_as_a_module():
    command = [sys.executable, "-m", "recipes.inspect_data", "--help"]
    root = Path(inspect_data.__file__).parent.parent
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, cwd=root)
    assert "--image-size" in ended.stdout
    assert "contact sheet" in ended.stdout
