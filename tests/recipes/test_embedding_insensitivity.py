import json

import numpy as np
import pytest

from recipes import embedding_insensitivity as study
from tfgan_suite.callbacks.metrics_log import read_metrics
from tfgan_suite.runs.ddm import embedding_insensitivity_report as report_parts

SETS = [
    *("training images", "Gaussian noise 16", "Gaussian noise 128", "blur 0.5 px", "blur 1 px"),
    *("10 images repeated", "50 images repeated"),
]
SPACES = ["logits", "prelogits", "hypercolumns", "logits of WRN-10-1", "pixels"]


@pytest.fixture
def run_study(runner):
    return runner(study)


def test_measures_every_set_in_every_embedding_and_resumes(run_study, monkeypatch):
    folder = run_study()
    before = read_metrics(folder / "metrics.jsonl")
    assert [(row["embedding"], row["set"]) for row in before] == [(space, name) for space in SPACES for name in SETS]
    assert all(np.isfinite(row["ddm"]) and row["ddm"] > 0 for row in before)
    assert {path.name for path in (folder / "figures").iterdir()} == {"noise.png", "blur.png", "repetition.png"}
    report = (folder / "report.html").read_text()
    assert report.count("data:image/png;base64") == 3
    assert "Between embeddings of classifiers" in report
    assert "python -m recipes.embedding_insensitivity --preset smoke" in report

    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in before[:-2]))
    (folder / "report.html").unlink()
    asked = []
    sets = study.studies.candidate_sets

    def counted(*args, **kwargs):
        return {
            name: lambda name=name, get=get: asked.append(name) or get() for name, get in sets(*args, **kwargs).items()
        }

    monkeypatch.setattr(study.studies, "candidate_sets", counted)
    monkeypatch.setattr(
        "tfgan_suite.metrics.embedders.classifier_loop.Loop._epoch", lambda *args: pytest.fail("trained again")
    )
    run_study("--resume")
    assert asked == SETS[-2:]
    after = read_metrics(folder / "metrics.jsonl")
    assert after[:-2] == before[:-2]
    assert [row["ddm"] for row in after] == pytest.approx([row["ddm"] for row in before])
    assert (folder / "report.html").exists()


def test_other_seeds_and_paths_are_further_embeddings(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(
        "tfgan_suite.runs.experiment.embedder_for", lambda images, name, seed, layer: asked.append((name, layer, seed))
    )
    images = type("Fake", (), {"image_shape": (8, 8, 1)})
    settings = study.Settings(layers=("logits", "pool"), wide_resnet_epochs=0, num_seeds=3, other_embedders=("a/b",))
    spaces = study.load_spaces(settings, images, tmp_path)
    assert list(spaces) == ["logits", "pool", "logits of seed 1", "logits of seed 2", "logits of b", "pixels"]
    assert asked == [
        *(("classifier", "logits", 0), ("classifier", "pool", 0)),
        *(("classifier", "logits", 1), ("classifier", "logits", 2), ("a/b", "logits", 0)),
    ]
    asked.clear()
    path_only = study.Settings(embedder="c", wide_resnet_epochs=0, num_seeds=3)
    assert list(study.load_spaces(path_only, images, tmp_path)) == ["logits", "prelogits", "hypercolumns", "pixels"]


def test_dry_run_writes_and_trains_nothing(run_study, capsys, monkeypatch):
    monkeypatch.setattr("tfgan_suite.runs.experiment.embedder_for", lambda *args, **how: pytest.fail("trained"))
    folder = run_study("--dry-run")
    assert not folder.exists()
    printed = capsys.readouterr().out
    assert "300 to draw from, 100 test images (8, 8, 1) of digits" in printed
    assert "7 of 200 images" in printed


def test_correlations_and_findings_by_hand():
    values = {"logits": [1, 2, 3, 4], "prelogits": [10, 20, 40, 30], "pixels": [2, 1, 3, 4]}
    pairs = report_parts.correlations(values)
    # Spearman: 1 - 6 sum d^2 / (n (n^2 - 1)); one swapped pair of neighbours of four: 1 - 12 / 60.
    assert pairs == pytest.approx(
        {("logits", "prelogits"): 0.8, ("logits", "pixels"): 0.8, ("prelogits", "pixels"): 1 - 6 * 4 / 60}
    )
    assert report_parts.findings(values, pairs, ["nothing", "noise", "blur", "few"]) == (
        "Between embeddings of classifiers Spearman's correlation over 4 sets is at least 0.800 (logits with "
        "prelogits), 0.800 on average. With pixels it is 0.600 to 0.800. The best set is nothing, in logits and "
        "prelogits; noise, in pixels."
    )


def test_scaled_is_0_for_the_training_images_and_1_for_the_worst():
    np.testing.assert_allclose(report_parts.scaled([2, 1, 4]), [0, -0.5, 1])
    np.testing.assert_allclose(report_parts.scaled([4, 1, 2]), [0, -3, -2])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--noise-stddevs", "16"], "`noise_stddevs` must be at least two growing numbers above 0"),
        (["--num-repeated", "10", "200"], "`num_repeated` must be below `num_images`"),
        (["--num-images", "301"], "`num_images` must not exceed the number of training images"),
        (["--wide-resnet-depth", "12"], "`wide_resnet_depth` must be 10, 16, 22, ..."),
        (["--wide-resnet-epochs", "-1"], "`wide_resnet_epochs` must be at least 0"),
        (["--num-seeds", "0"], "`num_seeds` must be above 0"),
        (["--layers", "nothing"], "`layer` must be one that the embedder has"),
        (["--embedder", "nothing"], "the embedder must be one of inception, classifier, pixels"),
    ],
)
def test_mistakes_are_one_sentence(run_study, refusal, arguments, sentence):
    assert sentence in refusal(run_study, *arguments)
