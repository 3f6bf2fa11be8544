"""Where a sampler is found, and what is said where there is none."""

import pytest

from tfgan_suite.core.sampler_format import find_sampler


def make_sampler(folder):
    folder.mkdir(parents=True)
    for name in ("saved_model.pb", "card.json"):
        (folder / name).touch()
    return folder


def test_a_sampler_is_found_by_its_folder_or_its_runs(tmp_path):
    sampler = make_sampler(tmp_path / "run" / "saved_model")
    assert find_sampler(sampler) == find_sampler(tmp_path / "run") == sampler


def test_a_run_with_a_sampler_for_each_trial_names_one(tmp_path):
    run = tmp_path / "run"
    for trial in (0, 1):
        make_sampler(run / f"trial_{trial}" / "saved_model")
    (run / "config.json").touch()
    with pytest.raises(ValueError, match=r"each of its 2 trials: name one, such as .*run/trial_0\.") as error:
        find_sampler(run)
    assert "--resume" not in str(error.value)
    make_sampler(tmp_path / "study" / "gan" / "trial_0" / "saved_model")
    with pytest.raises(ValueError, match=r"such as .*study/gan/trial_0\."):
        find_sampler(tmp_path / "study")


def test_a_run_without_a_sampler_is_to_be_finished(tmp_path):
    (tmp_path / "config.json").touch()
    with pytest.raises(ValueError, match="finish it with --resume"):
        find_sampler(tmp_path)
    with pytest.raises(FileNotFoundError, match="There is no folder"):
        find_sampler(tmp_path / "none")
