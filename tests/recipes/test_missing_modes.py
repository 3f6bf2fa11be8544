import dataclasses
import json

import numpy as np
import pytest

from recipes import missing_modes
from tfgan_suite.callbacks.metrics_log import read_metrics
from tfgan_suite.metrics.embedders import Embedding
from tfgan_suite.metrics.functional.ddm import distribution_divergence
from tfgan_suite.runs.ddm import missing_modes_report


@pytest.fixture
def run_study(runner):
    return runner(missing_modes)


def test_writes_both_curves(run_study):
    folder = run_study()
    rows = read_metrics(folder / "metrics.jsonl")
    assert [(row["num_images"], row["draw"]) for row in rows] == [(1437, "train"), (10, 0), (10, 1), (100, 0), (100, 1)]
    assert [row["num_copies"] for row in rows] == [1, 143.7, 143.7, 14.37, 14.37]
    # The direction is sure: a hundred digits cover the test digits better than ten do, and all of them best.
    ddm = [row["ddm"] for row in rows]
    assert max(ddm[1:3]) > max(ddm[3:]) > ddm[0] > 0
    scores = [row["inception_score"] for row in rows]
    assert max(scores[1:3]) < min(scores[3:]) < 10
    assert {path.name for path in (folder / "figures").iterdir()} == {"inception_score.png", "ddm.png"}
    report = (folder / "report.html").read_text()
    assert report.count("data:image/png;base64") == 2
    assert "Of the training set&#39;s Inception score" in report
    assert "python -m recipes.missing_modes --preset smoke" in report


def test_resume_computes_only_what_is_missing(run_study, monkeypatch):
    folder = run_study()
    before = read_metrics(folder / "metrics.jsonl")
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in before[:3]))
    (folder / "report.html").unlink()
    calls = []
    measure = missing_modes.measure
    monkeypatch.setattr(missing_modes, "measure", lambda *args: calls.append(len(args[1])) or measure(*args))
    run_study("--resume")
    assert calls == [100, 100]
    after = read_metrics(folder / "metrics.jsonl")
    assert after[:3] == before[:3]
    for name in ("ddm", "inception_score"):
        assert [row[name] for row in after] == pytest.approx([row[name] for row in before])
    assert (folder / "report.html").exists()


def test_dry_run_writes_nothing(run_study, capsys):
    folder = run_study("--dry-run")
    assert not folder.exists()
    printed = capsys.readouterr().out
    assert "1,437 to draw from, 360 test images (8, 8, 1) of digits" in printed
    assert "10, 100; 2 draws each" in printed


def measured(rows, train, test, num_splits=1, seed=0, draw=0):
    settings = missing_modes.Settings(num_splits=num_splits, seed=seed)
    return missing_modes.measure(settings, np.asarray(rows), train, test, draw)


def test_no_distance_of_a_copy_is_needed():
    random = np.random.default_rng(0)
    train, test = (random.normal(size=(count, 4)).astype(np.float32) for count in (60, 30))
    probs = random.dirichlet(np.ones(3), 60)
    chosen = [3, 17, 40, 41]
    found = measured(chosen, Embedding(train, probs), Embedding(test, None))
    assert found["num_copies"] == 15
    assert found["ddm"] == pytest.approx(distribution_divergence(test, np.repeat(train[chosen], 15, axis=0)), rel=1e-12)


def test_inception_score_of_a_sure_classifier_is_what_theory_says():
    # One-hot probabilities, C equal classes: the score is the exponential of the entropy of the drawn classes, whose
    # expectation is log C - (C - 1) / 2n + O(1 / n^2).
    count, num_classes, number = 10_000, 10, 100
    train = Embedding(np.zeros((count, 2), np.float32), np.eye(num_classes)[np.arange(count) % num_classes])
    scores = [
        measured(np.random.default_rng(draw).permutation(count)[:number], train, train, 10, draw=draw)[
            "inception_score"
        ]
        for draw in range(10)
    ]
    # log-entropy's stddev over draws is about sqrt((C - 1) / 2) / n = 0.021, over ten draws 0.007.
    assert np.mean(scores) / num_classes == pytest.approx(np.exp(-9 / 200), abs=5 * 0.007)


def test_copies_are_spread_over_the_splits():
    # Sorted copies would put one image into each split, and the score of every split would be 1.
    train = Embedding(np.zeros((100, 2), np.float32), np.eye(10)[np.arange(100) % 10])
    assert measured(np.arange(10), train, train, num_splits=2)["inception_score"] > 8


def row(number, draw, score, ddm):
    return {"num_images": number, "draw": draw, "num_copies": 1, "inception_score": score, "ddm": ddm}


def test_curve_and_findings_by_hand():
    settings = missing_modes.Settings(num_images=(10, 20), num_draws=2)
    rows = [row(50, "train", 8.0, 2.0), row(10, 0, 3.0, 4.0), row(10, 1, 5.0, 6.0)]
    rows += [row(20, 0, 7.8, 2.5), row(20, 1, 8.1, 3.5)]
    points = missing_modes_report.curve(settings, rows)
    assert [point.number for point in points] == [10, 20, 50]
    assert [point.score.mean for point in points] == pytest.approx([4.0, 7.95, 8.0])
    assert [point.score.stddev for point in points] == pytest.approx(
        [np.sqrt(2), 0.3 / np.sqrt(2), np.nan], nan_ok=True
    )
    assert [point.ddm.mean for point in points] == pytest.approx([5.0, 3.0, 2.0])
    assert [point.ddm.stddev for point in points] == pytest.approx([np.sqrt(2), np.sqrt(0.5), np.nan], nan_ok=True)
    assert missing_modes_report.findings(points) == (
        "Of the training set's Inception score, a few images repeated get 50.0% at 10 and 99.4% at 20; at 20 it is "
        "saturated (99% or more), 0.24 stddevs of a draw below it. Their DDM is above DDM(train, test) by, in nats, 3 "
        "at 10 and 1 at 20; at 20 it is 1.4 stddevs of a draw above it."
    )
    rows[3:] = [row(20, 0, 6.0, 2.0), row(20, 1, 6.0, 1.0)]
    found = missing_modes_report.findings(missing_modes_report.curve(settings, rows))
    assert "it does not reach 99% at any of these numbers" in found
    assert "at 20 it has come down to it." in found


def test_one_draw_has_no_spread():
    settings = missing_modes.Settings(num_images=(10, 20), num_draws=1)
    rows = [row(50, "train", 8.0, 2.0), row(10, 0, 3.0, 4.0), row(20, 0, 8.0, 4.0)]
    points = missing_modes_report.curve(settings, rows)
    assert np.isnan([point.score.stddev for point in points]).all()
    assert missing_modes_report.findings(points).endswith("at 20 it is above it.")


def test_paper_preset_is_the_thesis():
    paper = dataclasses.asdict(missing_modes.PRESETS["paper"])
    expected = {"dataset": "cifar10", "layer": "logits", "num_images": (10, 20, 100, 1000, 10_000), "num_draws": 5}
    assert {name: paper[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--num-images", "4"], "`num_images` must be at least two growing numbers above 0"),
        (["--num-images", "8", "4"], "at least two growing numbers"),
        (["--num-images", "0", "4"], "at least two growing numbers"),
        (["--num-images", "10", "99999"], "`num_images` must not exceed the number of training images"),
        (["--num-train-images", "12", "--num-images", "5", "10"], "`num_splits` must leave two images in each split"),
        (["--num-train-images", "99999"], "`num_train_images` must be in [1, images there are]"),
        (["--num-test-images", "0"], "`num_test_images` must be above 0"),
        (["--num-draws", "0"], "`num_draws` must be above 0"),
        (["--seed", "-1"], "`seed` must be at least 0"),
        (["--embedder", "nothing"], "the embedder must be one of inception, classifier, pixels"),
        (["--embedder", "pixels"], "`layer` must be one that the embedder has: pixels"),
        (["--embedder", "pixels", "--layer", "pixels"], "class probabilities for the Inception score"),
        (["--layer", "nothing"], "`layer` must be one that the embedder has"),
    ],
)
def test_mistakes_are_one_sentence(run_study, refusal, arguments, sentence):
    assert sentence in refusal(run_study, *arguments)


def test_a_data_set_without_test_images_is_refused(run_study, capsys, tmp_path):
    np.savez(tmp_path / "images.npz", images=np.zeros((30, 8, 8, 1), np.uint8), labels=np.arange(30) % 2)
    with pytest.raises(SystemExit):
        run_study("--dataset", str(tmp_path / "images.npz"))
    assert "a study needs test images" in capsys.readouterr().err
