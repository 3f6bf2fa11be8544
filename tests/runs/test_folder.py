"""Run folders: one process at a time, one run each, resumed with the settings they were started with."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tfgan_suite.runs.folder import RunFolder, json_values


def test_claims_write_the_settings(tmp_path):
    folder = RunFolder(tmp_path / "run")
    with folder.claim({"seed": 1}, resume=False):
        assert folder.read_config() == {"seed": 1}


def test_a_second_run_in_the_same_folder_is_refused(tmp_path):
    folder = RunFolder(tmp_path / "run")
    with folder.claim({}, resume=False):
        pass
    with pytest.raises(ValueError, match=r"must have a folder of its own.*--resume"), folder.claim({}, resume=False):
        pass


def fail_in(folder):
    with folder.claim({}, resume=False):
        raise KeyError


def test_a_run_that_failed_before_it_made_anything_leaves_the_folder_free(tmp_path):
    folder = RunFolder(tmp_path / "run")
    for _ in range(2):
        with pytest.raises(KeyError):
            fail_in(folder)
        RunFolder(folder.path / "trial_0").checkpoints.mkdir(parents=True, exist_ok=True)  # empty
        events = RunFolder(folder.path / "trial_0").tensorboard / "events"  # which a resumed run does not read
        events.parent.mkdir(exist_ok=True)
        events.touch()
    assert not folder.config.exists()


@pytest.mark.parametrize(
    "file", ["metrics.jsonl", "trial_0/metrics.jsonl", "nearest.npz", "checkpoints/classifier.npz"]
)
def test_a_run_that_failed_after_it_made_something_keeps_the_folder(tmp_path, file):
    """And goes on with it, by the same settings only."""
    folder = RunFolder(tmp_path / "run")
    made = folder.path / file
    made.parent.mkdir(parents=True)
    made.write_text("{}\n")
    with pytest.raises(KeyError):
        fail_in(folder)
    with pytest.raises(ValueError, match="must have a folder of its own"):
        fail_in(folder)
    with pytest.raises(ValueError, match="must have the settings it was started with"):
        folder.claim({"seed": 1}, resume=True).__enter__()
    with folder.claim({}, resume=True):
        assert made.exists()


def test_nothing_to_resume_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no run to resume"), RunFolder(tmp_path / "run").claim({}, resume=True):
        pass


def test_resuming_with_other_settings_is_refused_and_names_them(tmp_path):
    folder = RunFolder(tmp_path / "run")
    with folder.claim({"seed": 1, "num_steps": 10}, resume=False):
        pass
    changed = {"seed": 2, "num_steps": 20}
    with (
        pytest.raises(ValueError, match=r"seed=\(1, 2\)") as error,
        folder.claim(changed, resume=True, may_change=("num_steps",)),
    ):
        pass
    assert "num_steps" not in str(error.value)


def test_a_run_goes_on_in_a_folder_that_was_moved_and_renamed(tmp_path):
    with RunFolder(tmp_path / "run").claim({"seed": 1, "name": "run", "out_dir": "."}, resume=False):
        pass
    (tmp_path / "run").rename(tmp_path / "kept")
    moved = RunFolder(tmp_path / "kept")
    with moved.claim({"seed": 1, "name": "kept", "out_dir": "elsewhere"}, resume=True):
        pass
    assert moved.read_config()["name"] == "kept"


def test_resuming_sweeps_up_what_a_kill_left(tmp_path):
    folder = RunFolder(tmp_path / "run")
    with folder.claim({}, resume=False):
        pass
    folder.checkpoints.mkdir()
    (folder.checkpoints / ".writing-abc.npz").write_bytes(b"half")
    with folder.claim({}, resume=True):
        assert list(folder.checkpoints.iterdir()) == []


def test_a_damaged_config_is_an_error(tmp_path):
    folder = RunFolder(tmp_path)
    folder.config.write_text("{")
    with pytest.raises(ValueError, match=r"config\.json cannot be read"), folder.claim({}, resume=True):
        pass


def test_a_folder_in_use_by_another_process_is_refused(tmp_path):
    script = (
        "import sys; from tfgan_suite.runs.folder import RunFolder\n"
        "with RunFolder(sys.argv[1]).claim({}, resume=False): print('claimed', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "run")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "claimed\n"
        with pytest.raises(ValueError, match="in use by another process"):
            RunFolder(tmp_path / "run").claim({}, resume=True).__enter__()
        other.stdin.close()


def test_settings_become_json_values():
    @dataclasses.dataclass
    class Settings:
        path: Path = Path("a/b")
        sizes: tuple[int, ...] = (1, 2)

    values = json_values(Settings())
    assert values == {"path": str(Path("a/b")), "sizes": [1, 2]}
    assert json.loads(json.dumps(values)) == values
