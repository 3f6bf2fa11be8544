import json

import numpy as np
import pytest

from recipes import parzen_against_ddm as study
from tfgan_suite.callbacks.metrics_log import read_metrics
from tfgan_suite.metrics.functional.parzen import parzen_log_likelihood
from tfgan_suite.runs.ddm import parzen_against_ddm_report

SETS = [
    *("training images", "Gaussian noise 16", "Gaussian noise 64", "blur 0.5 px", "blur 1 px"),
    *("5 images repeated", "20 images repeated", "k-means centroids"),
]


@pytest.fixture
def run_study(runner):
    return runner(study)


def test_measures_every_set(run_study):
    folder = run_study()
    rows = read_metrics(folder / "metrics.jsonl")
    assert [row["set"] for row in rows] == SETS
    assert [row["num_distinct"] for row in rows] == [120] * 5 + [5, 20, 120]
    found = {row["set"]: row for row in rows}
    for measure, sign in (("pixels", 1), ("pca", 1), ("ddm", -1)):
        # What no measure may miss: five images are worse than twenty, and those than all.
        values = [sign * found[name][measure] for name in ("5 images repeated", "20 images repeated", SETS[0])]
        assert values == sorted(values)
        assert all(row[f"{space}_error"] > 0 for row in rows for space in ("pixels", "pca"))
    # The claim of Theis et al., which holds on the digits as well: averages beat real images.
    assert found["k-means centroids"]["pixels"] > found["training images"]["pixels"]
    assert {path.name for path in (folder / "figures").iterdir()} == {"pixels.png", "pca.png", "ddm.png"}
    assert len(list((folder / "samples").iterdir())) == len(SETS)
    report = (folder / "report.html").read_text()
    assert report.count("data:image/png;base64") == 3 + len(SETS)
    assert "Parzen, pixels: the training images are behind" in report
    assert "python -m recipes.parzen_against_ddm --preset smoke" in report


def test_resume_computes_only_what_is_missing(run_study, monkeypatch):
    folder = run_study()
    before = read_metrics(folder / "metrics.jsonl")
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in before[:-1]))
    (folder / "report.html").unlink()
    calls = []
    parzen = study.parzen
    monkeypatch.setattr(study, "parzen", lambda space, *args: calls.append(space) or parzen(space, *args))
    run_study("--resume")
    assert calls == ["pixels", "pca"]
    after = read_metrics(folder / "metrics.jsonl")
    assert after[:-1] == before[:-1]
    assert after[-1]["pixels"] == pytest.approx(before[-1]["pixels"], rel=1e-4)
    assert (folder / "report.html").exists()


def test_dry_run_writes_nothing(run_study, capsys):
    folder = run_study("--dry-run")
    assert not folder.exists()
    printed = capsys.readouterr().out
    assert "1,437 to draw from, 80 of them for the bandwidth" in printed
    assert "8 of 120 images" in printed


def test_sets_validation_and_test_images_are_apart(monkeypatch):
    monkeypatch.setattr("tfgan_suite.runs.experiment.embedder_for", lambda *args, **how: None)
    source = study.load(study.PRESETS["smoke"])
    groups = [
        {image.tobytes() for image in images}
        for images in (source.sets["training images"](), source.validation, source.images.test.images)
    ]
    assert [len(group) for group in groups] == [120, 80, 360]
    assert not groups[0] & groups[1]
    assert not (groups[0] | groups[1]) & groups[2]
    kept = source.pca.explained_variance_ratio_
    assert kept.sum() >= 0.95 > kept[:-1].sum()


def test_a_repeated_set_has_the_density_of_its_distinct_images():
    random = np.random.default_rng(0)
    test, samples = random.normal(size=(20, 3)), random.normal(size=(5, 3))
    np.testing.assert_allclose(
        parzen_log_likelihood(test, np.tile(samples, (4, 1)), 0.5),
        parzen_log_likelihood(test, samples, 0.5),
        rtol=1e-10,
    )


def test_centroids_are_means_of_pixels():
    images = np.zeros((4, 2, 2, 1), np.uint8)
    images[:2], images[2], images[3] = 10, 200, 203
    found = sorted(study.centroids(images, 2, seed=0)[:, 0, 0, 0].tolist())
    assert found == [10, 202]  # 201.5, ties to even


def test_short_names():
    names = ["Gaussian noise 16", "blur 1 px", "1,000 images repeated", "k-means centroids"]
    assert [parzen_against_ddm_report.short_name(name) for name in names] == [
        "noise 16",
        "blur 1 px",
        "1,000 only",
        "centroids",
    ]


def row(name, pixels, pca, ddm):
    return {"set": name, "pixels": pixels, "pca": pca, "ddm": ddm}


def test_findings_by_hand():
    rows = [row("training images", 10.0, 5.0, 1.0), row("blur 1 px", 11.0, 4.0, 3.0)]
    rows.append(row("k-means centroids", 12.5, 4.0, 2.0))
    assert parzen_against_ddm_report.places(rows) == {"pixels": [3, 2, 1], "pca": [1, 2, 2], "ddm": [1, 3, 2]}
    assert parzen_against_ddm_report.findings(rows) == (
        "Parzen, pixels: the training images are behind blur 1 px and k-means centroids; the centroids are better by "
        "2.5 nats, 100% of what is between the best and the worst set. Parzen, PCA: the training images are first; the "
        "centroids are worse by 1 nats, 100% of what is between the best and the worst set. DDM: the training images "
        "are first; the centroids are worse by 1 nats, 50% of what is between the best and the worst set."
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--num-repeated", "10", "120"], "`num_repeated` must be below `num_images`"),
        (["--num-images", "1400"], "must together be below the number of training images"),
        (["--num-validation-images", "0"], "`num_validation_images` must be above 0"),
        (["--kept-variance", "1"], "`kept_variance` must be in (0, 1)"),
        (["--blur-stddevs-px", "2", "1"], "`blur_stddevs_px` must be at least two growing numbers above 0"),
        (["--embedder", "nothing"], "the embedder must be one of inception, classifier, pixels"),
    ],
)
def test_mistakes_are_one_sentence(run_study, refusal, arguments, sentence):
    assert sentence in refusal(run_study, *arguments)
