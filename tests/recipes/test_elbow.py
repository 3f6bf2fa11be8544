import json

import pytest

from recipes import elbow
from tfgan_suite.callbacks.metrics_log import read_metrics
from tfgan_suite.metrics.embedders import PixelEmbedder
from tfgan_suite.runs import cli

RUNS = ["--preset", "smoke", "--name", "curve"]


@pytest.fixture
def run_elbow(tmp_path, monkeypatch):
    """Runs the recipe in a folder of its own, with its own cache; returns its run folder."""
    monkeypatch.setenv("TFGAN_SUITE_CACHE", str(tmp_path / "cache"))

    def run(*arguments):
        cli.main(elbow.run, elbow.PRESETS, elbow.__doc__, argv=[*RUNS, "--out-dir", str(tmp_path), *arguments])
        return tmp_path / "curve"

    return run


def test_writes_the_curve(run_elbow):
    folder = run_elbow()
    rows = read_metrics(folder / "metrics.jsonl")
    assert [(row["num_clusters"], row["seed"]) for row in rows] == [(k, seed) for k in (2, 4, 8) for seed in (0, 1)]
    assert all(row["smallest_cluster"] >= 1 for row in rows)
    # Twice as many clusters of the same images never cost more.
    costs = [row["cost_per_image"] for row in rows if row["seed"] == 0]
    assert costs == sorted(costs, reverse=True)
    assert {path.name for path in (folder / "figures").iterdir()} == {"elbow.png", "elbow_log2.png"}
    report = (folder / "report.html").read_text()
    assert report.count("data:image/png;base64") == 2
    assert "120 images of digits" in report
    assert "python -m recipes.elbow --preset smoke" in report


def test_resume_computes_only_what_is_missing(run_elbow, monkeypatch):
    folder = run_elbow()
    before = read_metrics(folder / "metrics.jsonl")
    kept = before[:4]
    # A kill leaves whole lines, since the file is written whole.
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in kept))
    (folder / "report.html").unlink()
    monkeypatch.setattr(PixelEmbedder, "forward", lambda *args: pytest.fail("embedded again"))
    monkeypatch.setattr("tfgan_suite.runs.experiment.load_embedder", lambda *args, **kwargs: PixelEmbedder((8, 8, 1)))
    run_elbow("--resume")
    after = read_metrics(folder / "metrics.jsonl")
    assert after[:4] == kept
    assert [row["cost_per_image"] for row in after] == pytest.approx([row["cost_per_image"] for row in before])
    assert (folder / "report.html").exists()


def test_dry_run_writes_nothing(run_elbow, capsys, tmp_path):
    folder = run_elbow("--dry-run")
    assert not folder.exists()
    printed = capsys.readouterr().out
    assert "120 of (8, 8, 1)" in printed
    assert "2, 4, 8; 2 runs each" in printed


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--num-clusters", "4"], "at least two growing numbers"),
        (["--num-clusters", "8", "4"], "at least two growing numbers"),
        (["--num-clusters", "1", "4"], "each at least 2"),
        (["--num-clusters", "4", "121"], "num_clusters=121, num_samples=120"),
        (["--num-images", "99999"], "`num_images` must be in [1, images in the data set]"),
        (["--num-runs", "0"], "`num_runs` must be above 0"),
        (["--features", "pixel"], "the embedder must be one of inception, classifier, pixels"),
    ],
)
def test_mistakes_are_one_sentence(run_elbow, refusal, arguments, sentence):
    assert sentence in refusal(run_elbow, *arguments)
