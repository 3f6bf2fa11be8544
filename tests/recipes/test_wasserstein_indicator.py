import dataclasses
import json

import pytest

from recipes import wasserstein_indicator
from recipes.wasserstein_indicator import NUM_IMAGES, PRESETS, TABLES_5_21_AND_5_22


@pytest.fixture
def run_study(runner):
    return runner(wasserstein_indicator)


def test_smoke_leaves_both_tables_and_the_scatter_plots(run_study):
    folder = run_study()
    report = (folder / "report.html").read_text()
    for words in (
        "Table 5.21: log KL divergence over the Wasserstein estimate",
        "Table 5.22: RMSE over the Wasserstein estimate",
        "0.9025",
        "2.8e-61",
        "not independent of each other",
        "python -m recipes.wasserstein_indicator --preset smoke",
    ):
        assert words in report, words
    assert {path.name for path in (folder / "figures").iterdir()} == {"wgan_28_center_kl.png", "wgan_28_rmse.png"}
    rows = [json.loads(line) for line in (folder / "wgan_28/smooth/trial_0/metrics.jsonl").open()]
    assert len({row["wasserstein_distance"] for row in rows}) == 4


def test_the_documents_tables_are_of_the_studies_there_are():
    paper = PRESETS["paper"]
    assert set(TABLES_5_21_AND_5_22) == {(model, kind) for model in paper.models for kind in paper.kinds}
    assert set(NUM_IMAGES) == set(paper.models)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_steps": 2, "checkpoint_every_steps": 2}, "at least three records"),
        ({"kinds": ()}, "a kind of images"),
        ({"num_trials": 0}, "num_trials"),
        ({"num_samples": 0}, "num_samples"),
        ({"batch_size": -1}, "batch_size"),
        ({"average_decay": 0.9}, "`average_decay` must be None"),
        ({"evaluate_every_steps": 3}, "must be a multiple of `evaluate_every_steps`"),
    ],
)
def test_settings_that_make_no_study(options, message):
    with pytest.raises(ValueError, match=message):
        wasserstein_indicator.check(dataclasses.replace(PRESETS["smoke"], **options))
