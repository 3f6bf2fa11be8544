import dataclasses
import json

import pytest

from recipes import smooth_to_sharp
from recipes.smooth_to_sharp import PRESETS, TABLE_5_14
from tfgan_suite.runs.spheres.models import MODELS


@pytest.fixture
def run_study(runner):
    return runner(smooth_to_sharp)


def test_smoke_leaves_the_table_the_curves_and_the_samples(run_study):
    folder = run_study()
    report = (folder / "report.html").read_text()
    for words in (
        "Table 5.14",
        "0.8648",
        "GAN (28x28), smooth to sharp",
        "GAN (28x28): lower KL than direct training",
        "Figure 5.8",
        "python -m recipes.smooth_to_sharp --preset smoke",
    ):
        assert words in report, words
    figures = {path.name for path in (folder / "figures").iterdir()}
    assert figures == {
        "gan_28.png",
        "sets.png",
        "strip.png",
        "stretches_center_kl.png",
        "stretches_rmse.png",
        "gan_28_direct_samples.png",
        "gan_28_smooth_to_sharp_samples.png",
    }
    for kind in ("direct", "smooth_to_sharp"):
        rows = [json.loads(line) for line in (folder / "gan_28" / kind / "trial_0/metrics.jsonl").open()]
        assert [row["step"] for row in rows] == [1, 2, 3, 4, 5]
        assert all(row["center_kl"] > 0.1 and 0 < row["rmse"] < 1 for row in rows)


def test_the_documents_table_is_of_the_models_there_are():
    assert {model for model, _ in TABLE_5_14} == set(MODELS) == set(PRESETS["paper"].models)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"smoothness_steps": (1, 1, 1, 1, 2)}, "add up to the generator steps"),
        ({"smoothness": (0.0, -0.6, -0.2, -0.8, -1.0)}, "from smooth to sharp"),
        ({"smoothness": (0.0, -0.2)}, "same length"),
        (
            {
                "evaluate_every_steps": 2,
                "num_steps": 6,
                "smoothness_steps": (2, 1, 1, 1, 1),
                "checkpoint_every_steps": 6,
            },
            "end with a measurement",
        ),
        ({"models": ()}, "a model and a method"),
        ({"smoothness": (0.5, -0.2, -0.6, -0.8, -1.0)}, "`k` must be in"),
        ({"smoothness": (0.0, -0.2, -0.6, -0.8, -1.5)}, "`k` must be in"),
        ({"models": ("wgan_48", "gan_28"), "num_images": 500}, "at most the size of the whole set"),
        ({"l2_strength": -1.0}, "`l2_strength` must be at least 0"),
    ],
)
def test_settings_that_make_no_study(options, message):
    with pytest.raises(ValueError, match=message):
        smooth_to_sharp.check(dataclasses.replace(PRESETS["smoke"], **options))


def test_models_named_twice_are_trained_once_and_pairs_are_always_all():
    settings = dataclasses.replace(PRESETS["smoke"], models=("gan_28", "gan_28", "wgan_two_spheres"), num_images=200)
    trials = smooth_to_sharp.all_trials(settings)
    assert len(trials) == len({trial.place for trial in trials}) == 4
    assert {trial.model: trial.num_images for trial in trials} == {"gan_28": 200, "wgan_two_spheres": None}
    smooth_to_sharp.check(settings)


def test_dry_run_says_how_long_it_takes(run_study, capsys):
    folder = run_study("--dry-run")
    out = capsys.readouterr().out
    assert "ms per generator step" in out
    assert "training time" in out
    assert not folder.exists()
