"""Trainings on spheres: their plans, that they share a program, and that a killed one goes on as if it had not been."""

import dataclasses
import json

import numpy as np
import pytest

from tfgan_suite.callbacks.checkpoint import checkpoint_files
from tfgan_suite.callbacks.evaluate_spheres import EvaluateSpheres
from tfgan_suite.core.schedules import SmoothToSharp
from tfgan_suite.models.state import training_state
from tfgan_suite.runs.folder import RunFolder
from tfgan_suite.runs.spheres.report import trained_gan
from tfgan_suite.runs.spheres.settings import SphereSettings
from tfgan_suite.runs.spheres.study import (
    SphereTrial,
    run_sphere_trial,
    run_sphere_trials,
    sphere_set,
    spheres_at,
    training_program,
)

SETTINGS = SphereSettings(
    num_steps=8,
    batch_size=6,
    num_samples=40,
    log_every_steps=2,
    evaluate_every_steps=2,
    checkpoint_every_steps=2,
    jit_compile=False,
    steps_per_execution=1,
    num_workers=1,
)
GRADUAL = SmoothToSharp((0.0, -0.5, -1.0), (2, 4, 2))
SHARP = SmoothToSharp((-1.0,), (8,))


def trial_of(model="gan_28", kind="gradual", plan=GRADUAL, **more):
    return SphereTrial(model, kind, plan, **{"num_images": 30, **more})


def final_weights(path, trial, step=8):
    with np.load(path / trial.place / "checkpoints" / f"step_{step:08d}.npz") as stored:
        return [stored[key] for key in sorted(stored.files)]


def assert_equal_weights(ours, theirs):
    assert len(ours) == len(theirs)
    for own, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(own, other)


def scores_of(rows):
    """What does not depend on the clock."""
    return [{name: value for name, value in row.items() if not name.endswith(("_sec", "_per_sec"))} for row in rows]


def test_a_study_leaves_each_trial_in_its_folder(tmp_path):
    settings = dataclasses.replace(SETTINGS, num_steps=2)
    short = SmoothToSharp((-0.5,), (2,))
    trials = [
        trial_of("gan_28", "a", short, l2_strength=1e-4),
        trial_of("wgan_48", "a", short),
        trial_of("wgan_two_spheres", "a", short),
    ]
    results = run_sphere_trials(settings, trials, RunFolder(tmp_path))
    assert list(results) == trials
    for trial, rows in results.items():
        assert [row["step"] for row in rows] == [2]
        kept = (tmp_path / trial.model / "a/trial_0/metrics.jsonl").read_text().splitlines()
        assert scores_of(map(json.loads, kept)) == scores_of(rows)
        assert rows[0]["center_kl"] > 0
        assert 0 < rows[0]["rmse"] < 1
        assert ("wasserstein_distance" in rows[0]) == (trial.model != "gan_28")
    gan = trained_gan(settings, trials[0], RunFolder(tmp_path))
    state = [variable.numpy() for variable in training_state(gan)]
    assert_equal_weights(state, final_weights(tmp_path, trials[0], 2))


@pytest.mark.parametrize("model", ["gan_28", "wgan_28"])
def test_a_killed_trial_goes_on_as_if_it_had_not_been(tmp_path, monkeypatch, model):
    trial = trial_of(model, trial=1)
    whole = run_sphere_trial(SETTINGS, trial, tmp_path / "whole")
    measure = EvaluateSpheres.measure

    def killed(self, step):
        if step == 6:
            raise KeyboardInterrupt
        return measure(self, step)

    monkeypatch.setattr(EvaluateSpheres, "measure", killed)
    with pytest.raises(KeyboardInterrupt):
        run_sphere_trial(SETTINGS, trial, tmp_path / "killed")
    monkeypatch.setattr(EvaluateSpheres, "measure", measure)
    files = checkpoint_files(tmp_path / "killed" / trial.place / "checkpoints")
    assert files[-1].name == "step_00000004.npz"
    training_program.cache_clear()  # another process
    rows = run_sphere_trial(dataclasses.replace(SETTINGS, resume=True), trial, tmp_path / "killed")
    assert [row["step"] for row in rows] == [2, 4, 6, 8]
    assert scores_of(rows) == scores_of(whole)
    assert_equal_weights(final_weights(tmp_path / "killed", trial), final_weights(tmp_path / "whole", trial))


def test_repeats_share_one_program_and_are_what_they_are_alone(tmp_path):
    training_program.cache_clear()
    trials = [
        trial_of(kind=kind, plan=SHARP, l2_strength=l2, trial=t) for kind, l2 in (("a", 0), ("b", 1e-3)) for t in (0, 1)
    ]
    together = run_sphere_trials(SETTINGS, trials, RunFolder(tmp_path / "together"))
    assert training_program.cache_info()[:2] == (2, 2)  # hits, misses
    training_program.cache_clear()
    rows = run_sphere_trial(SETTINGS, trials[1], tmp_path / "alone")
    assert scores_of(rows) == scores_of(together[trials[1]])
    assert_equal_weights(final_weights(tmp_path / "alone", trials[1]), final_weights(tmp_path / "together", trials[1]))
    first, second = (final_weights(tmp_path / "together", trial) for trial in trials[:2])
    assert any((own != other).any() for own, other in zip(first, second, strict=True))  # seeds tell repeats apart


def test_plans_switch_what_is_measured_after_their_last_step():
    trial = trial_of()
    assert [spheres_at(SETTINGS, trial, step).k for step in range(1, 9)] == [0, 0, -0.5, -0.5, -0.5, -0.5, -1, -1]
    assert [len(spheres_at(SETTINGS, trial, step)) for step in (1, 8)] == [30, 30]
    np.testing.assert_array_equal(spheres_at(SETTINGS, trial, 1).centers, spheres_at(SETTINGS, trial, 8).centers)


@pytest.mark.parametrize(("model", "num_batches"), [("gan_28", 1), ("wgan_28", 5)])
def test_what_is_learnt_is_what_is_measured(model, num_batches):
    """Each image of a step's batches is one of the set that is measured after that step."""
    trial = trial_of(model)
    _, batches = training_program(SETTINGS, trial)
    for step, element in enumerate(batches.steps().take(8), start=1):
        drawn = batches.draw(element, num_batches).numpy().reshape(-1, 784)
        images = spheres_at(SETTINGS, trial, step).images.reshape(-1, 784)
        distances = np.abs(drawn[:, None] - images).max(axis=2).min(axis=1)
        assert len(drawn) == 6 * num_batches
        assert distances.max() < 2e-6, step


def test_repeats_share_their_images_and_models_have_theirs():
    ours = spheres_at(SETTINGS, trial_of(trial=0), 8)
    assert spheres_at(SETTINGS, trial_of(trial=3), 8) is ours
    two = sphere_set(0, trial_of("wgan_two_spheres", radius=3), -0.2)
    assert (two.num_spheres, two.radius, two.k, two.image_size, len(two)) == (2, 3, -0.2, 28, 30)
    assert sphere_set(0, trial_of("wgan_48", num_images=None), 0.0).image_shape == (48, 48, 1)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"num_trials": 0}, "`num_trials` must be above 0"),
        ({"num_workers": 0}, "`num_workers` must be above 0"),
        ({"num_samples": 0}, "`num_samples` must be above 0"),
        ({"evaluate_every_steps": 0}, "`evaluate_every_steps` must be above 0"),
        ({"average_decay": 0.9}, "`average_decay` must be None"),
        ({"seed": -1}, "`seed` must be at least 0"),
        ({"evaluate_every_steps": 3}, "`evaluate_every_steps` must be a multiple of `log_every_steps`"),
        ({"evaluate_every_steps": 6}, "`num_steps` must be a multiple of `evaluate_every_steps`"),
        ({"checkpoint_every_steps": 6}, "`num_steps` must be a multiple of `checkpoint_every_steps`"),
    ],
)
def test_settings_that_make_no_study_are_refused(change, sentence):
    SETTINGS.check_spheres()
    with pytest.raises(ValueError, match=sentence):
        dataclasses.replace(SETTINGS, **change).check_spheres()
