import json
import math

import numpy as np
import pytest

from recipes import corruption
from tfgan_suite.callbacks.metrics_log import read_metrics
from tfgan_suite.runs.ddm import corruption_report

LEVELS = [("training images", 0), ("none", 0)]
LEVELS += [(kind, level) for kind in ("Gaussian noise", "uniform noise") for level in (16, 64)]
LEVELS += [("blur", 0.5), ("blur", 1)]


@pytest.fixture
def run_study(runner):
    return runner(corruption)


def test_measures_every_level(run_study):
    folder = run_study()
    rows = read_metrics(folder / "metrics.jsonl")
    assert [(row["kind"], row["level"]) for row in rows] == LEVELS
    found = {(row["kind"], row["level"]): row for row in rows}
    # Strong noise and strong blur of 8x8 digits are worse than nothing by every measure.
    for worst in (("Gaussian noise", 64), ("uniform noise", 64), ("blur", 1)):
        for measure in ("ddm", "fid", "kid"):
            assert found[worst][measure] > found["none", 0][measure]
    figures = {"ddm_noise.png", "ddm_blur.png", "all_gaussian_noise.png", "all_uniform_noise.png", "all_blur.png"}
    assert {path.name for path in (folder / "figures").iterdir()} == figures
    assert {path.name for path in (folder / "samples").iterdir()} == {
        *("gaussian_noise.png", "uniform_noise.png", "blur.png")
    }
    report = (folder / "report.html").read_text()
    assert report.count("data:image/png;base64") == 8
    assert "python -m recipes.corruption --preset smoke" in report


def test_resume_computes_only_what_is_missing(run_study, monkeypatch):
    folder = run_study()
    before = read_metrics(folder / "metrics.jsonl")
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in before[:6]))
    (folder / "report.html").unlink()
    calls = []
    measure = corruption.measure
    monkeypatch.setattr(corruption, "measure", lambda *args: calls.append(1) or measure(*args))
    run_study("--resume")
    assert len(calls) == 2
    after = read_metrics(folder / "metrics.jsonl")
    assert after[:6] == before[:6]
    for name in corruption_report.MEASURES:
        assert [row[name] for row in after] == pytest.approx([row[name] for row in before], rel=1e-5)
    assert (folder / "report.html").exists()


def test_images_are_held_back_from_the_classifier(monkeypatch):
    seen = {}

    def embedder(images, *args, **how):
        seen["images"] = images
        return type("Fake", (), {"num_classes": 10, "name": "fake"})

    monkeypatch.setattr("tfgan_suite.runs.experiment.embedder_for", embedder)
    source = corruption.load(corruption.PRESETS["smoke"])
    trained_on = {image.tobytes() for image in seen["images"].train.images}
    assert (len(source.held_back), len(seen["images"].train)) == (100, 1337)
    assert source.images is seen["images"]
    assert not any(image.tobytes() in trained_on for image in source.held_back)  # no two digits are the same


def test_dry_run_writes_nothing(run_study, capsys):
    folder = run_study("--dry-run")
    assert not folder.exists()
    printed = capsys.readouterr().out
    assert "100 held back, 1,337 others, 360 test images" in printed
    assert "16, 64" in printed


def rows_by_hand(blur_ddm):
    settings = corruption.Settings(noise_stddevs=(1, 2), blur_stddevs_px=(0.5, 1))
    values = {"Gaussian noise": (2, 3), "uniform noise": (2, 3), "blur": blur_ddm}
    rows = [{"kind": "none", "level": 0.0, "ddm": 1.0}]
    for kind, ddms in values.items():
        levels = settings.blur_stddevs_px if kind == "blur" else settings.noise_stddevs
        rows += [{"kind": kind, "level": level, "ddm": ddm} for level, ddm in zip(levels, ddms, strict=True)]
    return settings, [{**row, "fid": row["ddm"], "kid": row["ddm"], "inception_score": -row["ddm"]} for row in rows]


def test_findings_name_the_steps_that_are_wrong():
    settings, rows = rows_by_hand(blur_ddm=(0.5, 3))
    wrong = "does not worsen at every level of blur (0 to 0.5)"
    expected = [f"{name} {wrong}" for name in ("DDM", "Fréchet distance", "KID", "Inception score")]
    assert corruption_report.findings(settings, rows) == "; ".join(expected) + "."
    settings, rows = rows_by_hand(blur_ddm=(2, 3))
    assert corruption_report.findings(settings, rows).count("worsens at every level") == 4


def test_wrong_steps_in_both_directions():
    assert corruption_report.wrong_steps([0, 1, 2, 4], [1, 3, 3, 2], higher_is_better=False) == ["1 to 2", "2 to 4"]
    assert corruption_report.wrong_steps([0, 1, 2, 4], [1, 3, 3, 2], higher_is_better=True) == ["0 to 1", "1 to 2"]


def test_lost_bits_are_nats_over_log_2():
    settings, rows = rows_by_hand(blur_ddm=(1.5, 3))  # 1, 1.5, 3 nats at 0, 0.5, 1 px
    bits = corruption_report.lost_bits(settings, rows)
    assert bits["blur"] == pytest.approx(3 / math.log(2))
    assert bits["Gaussian noise"] == bits["uniform noise"] == pytest.approx(2 / math.log(2))


def test_scaled_runs_from_0_to_1():
    np.testing.assert_allclose(corruption_report.scaled([2, 3, 6]), [0, 0.25, 1])
    np.testing.assert_allclose(corruption_report.scaled([8, 9, 4]), [0, -0.25, 1])
    np.testing.assert_allclose(corruption_report.scaled([5, 5]), [0, 0])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--noise-stddevs", "4"], "`noise_stddevs` must be at least two growing numbers above 0"),
        (["--blur-stddevs-px", "0", "1"], "`blur_stddevs_px` must be at least two growing numbers above 0"),
        (["--num-images", "19"], "`num_images` must be at least 20, and two for each split"),
        (["--num-images", "50", "--num-splits", "30"], "and two for each split"),
        (["--num-images", "1437"], "`num_images` must leave at least 20 training images"),
        (["--num-splits", "0"], "`num_splits` must be above 0"),
        (["--embedder", "pixels", "--layer", "pixels"], "class probabilities for the Inception score"),
    ],
)
def test_mistakes_are_one_sentence(run_study, refusal, arguments, sentence):
    assert sentence in refusal(run_study, *arguments)
