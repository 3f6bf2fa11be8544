import dataclasses
import errno
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
import tyro

from tfgan_suite.runs import cli


@dataclasses.dataclass(frozen=True)
class Training:
    """How it is trained."""

    batch_size: int = 64
    """Images per batch."""
    betas: tuple[float, float] = (0.0, 0.9)
    learning_rate: float = 1e-4  # Adam's step size


@dataclasses.dataclass(frozen=True)
class Settings(cli.CommonSettings):
    model: Literal["dcgan", "cingan"] = "cingan"
    """Which model to train."""
    dataset: str = "digits"
    data_dir: Path | None = None
    num_clusters: int | None = None
    sizes: tuple[int, ...] = (1, 2)
    averaged: bool = True
    training: Training = Training()


PRESETS = {
    "smoke": Settings(averaged=False, training=Training(batch_size=8)),
    "demo": Settings(sizes=(3,), num_clusters=4),
    "paper": Settings(),
}


@dataclasses.dataclass(frozen=True)
class Inspection:
    source: str
    """A folder."""
    target: tyro.conf.Positional[str] = "out"
    scale: float = 1.0
    training: Training = Training()


def test_without_arguments_the_default_preset_is_used():
    assert cli.parse(PRESETS, []) == dataclasses.replace(PRESETS["paper"], preset="paper")
    assert cli.parse(PRESETS, [], default_preset="smoke") == dataclasses.replace(PRESETS["smoke"], preset="smoke")


@pytest.mark.parametrize("words", [["--preset", "smoke"], ["--preset=smoke"], ["--preset", "paper", "--preset=smoke"]])
def test_the_preset_gives_the_defaults_and_single_options_override_them(words):
    settings = cli.parse(PRESETS, ["--learning-rate", "0.5", *words, "--averaged", "--sizes", "7", "8", "9"])
    assert settings == Settings(
        preset="smoke",
        averaged=True,
        sizes=(7, 8, 9),
        training=Training(batch_size=8, learning_rate=0.5),
    )


def test_the_result_has_the_class_of_the_presets_and_common_options():
    settings = cli.parse(PRESETS, ["--out-dir", "there", "--seed", "5", "--resume", "--dry-run", "--name", "mine"])
    assert type(settings) is Settings
    assert (settings.out_dir, settings.seed, settings.name) == (Path("there"), 5, "mine")
    assert settings.resume
    assert settings.dry_run


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--batchsize", "3"], ["--batchsize", "Perhaps you meant", "--batch-size", "Known options:"]),
        (["--frobnicate"], ["--frobnicate", "Known options:", "--dataset", "--no-averaged", "--learning-rate"]),
        (["--preset", "huge"], ["huge", "smoke", "demo", "paper"]),
        (["--model", "stylegan"], ["stylegan", "dcgan", "cingan"]),
        (["--batch-size", "many"], ["--batch-size", "many", "INT"]),
        (["--betas", "1"], ["--betas"]),
    ],
)
def test_a_wrong_command_line_names_what_is_known(capsys, words, said):
    with pytest.raises(SystemExit) as stop:
        cli.parse(PRESETS, words)
    captured = capsys.readouterr()
    assert stop.value.code == 2
    assert all(part in captured.err for part in said)
    assert "Traceback" not in captured.err


def test_help_shows_docstrings_groups_choices_and_the_defaults_of_the_preset(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.parse(PRESETS, ["--preset", "smoke", "--help"], description="Trains a thing.")
    text = capsys.readouterr().out
    assert stop.value.code == 0
    for part in ("Trains a thing.", "Which model to train.", "{dcgan,cingan}", "training options", "Adam's step size"):
        assert part in text
    assert "Images per batch. (default: 8)" in text


def test_presets_must_exist():
    with pytest.raises(ValueError, match="at least one preset"):
        cli.parse({}, [])
    with pytest.raises(ValueError, match="`default_preset` must be one of 'smoke', 'demo', 'paper'"):
        cli.parse(PRESETS, [], default_preset="huge")


def test_settings_without_presets_and_with_a_positional_argument(capsys):
    assert cli.parse(Inspection, ["folder", "--scale", "2"]) == Inspection("folder", scale=2.0)
    with pytest.raises(SystemExit):
        cli.parse(Inspection, [])
    assert "SOURCE" in capsys.readouterr().err.upper()


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--preset", "demo", "--num-clusters", "None"],
        ["--preset", "smoke", "--averaged", "--betas", "-0.5", "1e-07", "--model", "dcgan"],
        ["--no-averaged", "--sizes", "--data-dir", "a folder/with 'quotes'"],
        ["--dataset=-odd", "--seed", "-3", "--learning-rate", "2e-5"],
    ],
)
def test_the_command_line_gives_the_same_settings_again(words):
    settings = cli.parse(PRESETS, words)
    line = shlex.split(cli.command_line("recipes.thing", settings, PRESETS))
    assert line[:3] == ["python", "-m", "recipes.thing"]
    assert cli.parse(PRESETS, line[3:]) == settings


def test_the_command_line_names_only_what_differs_and_no_way_of_starting():
    settings = cli.parse(PRESETS, ["--preset", "demo", "--name", "x", "--resume", "--dry-run", "--batch-size", "9"])
    assert cli.command_line("recipes.thing", settings, PRESETS) == (
        "python -m recipes.thing --preset demo --batch-size 9"
    )


def test_the_command_line_without_presets():
    settings = Inspection("my folder", "there", 3.0, Training(batch_size=8))
    line = cli.command_line("recipes.look", settings)
    assert line == "python -m recipes.look 'my folder' there --scale 3.0 --batch-size 8"
    assert cli.parse(Inspection, shlex.split(line)[3:]) == settings


def test_run_folders_are_numbered(tmp_path):
    settings = Settings(out_dir=tmp_path, preset="demo")
    names = []
    for _ in range(3):
        folder = settings.run_dir("thing")
        names.append(folder.name)
        folder.mkdir()
    (tmp_path / "thing-demo-7.txt").touch()
    (tmp_path / "thing-demo-extra").mkdir()
    assert names == ["thing-demo", "thing-demo-2", "thing-demo-3"]
    assert dataclasses.replace(settings, resume=True).run_dir("thing").name == "thing-demo-3"
    assert dataclasses.replace(settings, name="mine").run_dir("thing") == tmp_path / "mine"


@pytest.mark.parametrize("name", ["", "mine"])
def test_resuming_what_is_not_there_is_refused(tmp_path, name):
    with pytest.raises(FileNotFoundError, match=r"no run to resume in .*Leave out --resume"):
        Settings(out_dir=tmp_path, preset="demo", resume=True, name=name).run_dir("thing")


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ValueError("`n` must be above 0. Received: n=0."), 1, "`n` must be above 0. Received: n=0."),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "data"), 1, "No such file or directory: data"),
        (OSError(errno.ENOSPC, "No space left on device", "a.png"), 1, "the disk is full (while writing a.png)"),
        (RuntimeError("Save failed: x; No space left on device"), 1, "the disk is full"),
        (FloatingPointError("`d_loss` is nan at step 7."), 1, "`d_loss` is nan at step 7."),
        (KeyboardInterrupt(), 130, "The same command with --resume goes on"),
    ],
)
def test_an_error_ends_in_one_sentence_and_an_exit_code(capsys, monkeypatch, error, code, said):
    monkeypatch.delenv(cli.DEBUG_VARIABLE, raising=False)

    def run(settings):
        raise error

    with pytest.raises(SystemExit) as stop:
        cli.main(run, PRESETS, "A thing.", argv=[])
    captured = capsys.readouterr()
    assert stop.value.code == code
    assert said in captured.err
    assert "Traceback" not in captured.err


def test_debugging_and_our_own_errors_keep_the_traceback(monkeypatch):
    def run(settings):
        raise {"a": ValueError, "b": RuntimeError}[settings.source]("wrong")

    monkeypatch.delenv(cli.DEBUG_VARIABLE, raising=False)
    with pytest.raises(RuntimeError):
        cli.main(run, Inspection, None, argv=["b"])
    monkeypatch.setenv(cli.DEBUG_VARIABLE, "1")
    with pytest.raises(ValueError, match="wrong"):
        cli.main(run, Inspection, None, argv=["a"])


def test_main_runs_the_recipe_once_with_the_settings():
    seen = []
    cli.main(seen.append, PRESETS, None, argv=["--preset", "smoke"])
    assert seen == [cli.parse(PRESETS, ["--preset", "smoke"])]


def test_importing_the_command_line_does_not_import_tensorflow():
    code = "import sys, tfgan_suite.runs.cli; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
