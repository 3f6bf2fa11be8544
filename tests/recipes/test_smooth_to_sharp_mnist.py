import dataclasses
import json

import pytest

from recipes import smooth_to_sharp_mnist as recipe
from recipes.smooth_to_sharp_mnist import FIGURE_5_11, PRESETS
from tfgan_suite.runs.spheres.recognition_study import smoothing_of


def test_smoke_counts_successes(runner):
    folder = runner(recipe)()
    report = (folder / "report.html").read_text()
    for words in (
        "Successful trainings",
        "18 of 20",
        "0 of 1",
        "mean confidence of at least 0.8, and 8 or more classes",
        "python -m recipes.smooth_to_sharp_mnist --preset smoke",
    ):
        assert words in report, words
    kinds = ("direct", "smooth_to_sharp")
    assert {path.name for path in (folder / "figures").iterdir()} == {
        "successes.png",
        *(f"{kind}_curves.png" for kind in kinds),
        *(f"{kind}_lambda_0.0001_trial_0.png" for kind in kinds),
    }
    for kind in kinds:
        rows = [json.loads(line) for line in (folder / kind / "lambda_0.0001/trial_0/metrics.jsonl").open()]
        assert rows[-1]["step"] == 5
        assert rows[-1]["success"] == 0
        assert rows[-1]["fid"] > 10


def test_a_direct_training_has_the_last_blur():
    blurred = dataclasses.replace(PRESETS["smoke"], blur_px=(2.0, 1.5, 1.0, 1.0, 0.5))
    assert smoothing_of(blurred, "direct").schedule.values == (0.5,)
    assert smoothing_of(PRESETS["smoke"], "direct") is None
    assert len(smoothing_of(PRESETS["smoke"], "smooth_to_sharp").schedule.values) == 5


def test_the_documents_numbers_are_of_settings_there_are():
    paper = PRESETS["paper"]
    assert set(FIGURE_5_11) <= {(method, strength) for method in paper.methods for strength in paper.l2_strengths}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"blur_steps": (1, 1, 1, 1, 2)}, "add up to the generator steps"),
        ({"blur_px": (1.0, 0.5, 0.7, 0.2, 0.0)}, "from smooth to sharp"),
        ({"l2_strengths": (-1.0,)}, "l2_strengths"),
        ({"methods": ()}, "a lambda and a method"),
        ({"min_confidence": 2.0}, "min_confidence"),
        ({"num_workers": 0}, "num_workers"),
        ({"blur_px": (1.0, 0.5, 0.3, 0.2, -1.0)}, "`schedule`"),
        ({"evaluate_every_steps": 2}, "must be a multiple of `evaluate_every_steps`"),
        ({"checkpoint_every_steps": 2}, "must be a multiple of `checkpoint_every_steps`"),
        ({"batch_size": 0}, "batch_size"),
        ({"num_samples": 0}, "num_samples"),
        ({"average_decay": 0.9}, "`average_decay` must be None"),
    ],
)
def test_settings_that_make_no_study(options, message):
    with pytest.raises(ValueError, match=message):
        recipe.check(dataclasses.replace(PRESETS["smoke"], **options))
