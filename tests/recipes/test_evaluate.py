"""`recipes.evaluate` and `recipes.compare`, as a user runs them."""

import json
from pathlib import Path

import numpy as np
import pytest

from recipes import compare, evaluate
from tfgan_suite.metrics.catalogue import METRICS
from tfgan_suite.metrics.functional import feature_statistics, frechet_distance, load_statistics
from tfgan_suite.runs import cli

SAMPLER = Path(__file__).parents[2] / "saved_models" / "digits"


@pytest.fixture
def sets(tmp_path):
    """Two .npz files of images; the second one is brighter."""
    generator = np.random.default_rng(0)
    for name, low in (("real", 0), ("fake", 60)):
        images = generator.integers(low, low + 120, (60, 8, 8, 1), dtype=np.uint8)
        np.savez(tmp_path / f"{name}.npz", images=images, labels=np.arange(60) % 3)
    return tmp_path


def run(*words):
    cli.main(evaluate.run, evaluate.Settings, evaluate.__doc__, argv=[str(word) for word in words])


def test_pixels_of_two_files(sets, capsys):
    out = sets / "a.json"
    run(
        "--real",
        sets / "real.npz",
        "--fake",
        sets / "fake.npz",
        "--embedder",
        "pixels",
        "--metrics",
        "fid",
        "--json",
        out,
    )
    printed = capsys.readouterr().out
    assert "fid_mean_part" in printed
    assert "lower" in printed
    result = json.loads(out.read_text())
    features = [np.load(sets / f"{name}.npz")["images"].reshape(60, 64) / 127.5 - 1 for name in ("real", "fake")]
    expected = frechet_distance(*map(feature_statistics, features))
    assert result["values"]["fid"] == pytest.approx(expected.total, rel=1e-5)
    assert result["protocol"]["num_real"] == 60
    assert result["protocol"]["fake_source"] == "fake:train"
    assert result["protocol"]["settings"]["num_neighbors"] == 5


def test_everything_that_the_inputs_allow(sets, capsys):
    run(
        *("--real", sets / "real.npz", "--fake", sets / "fake.npz", "--train", sets / "real.npz"),
        *("--embedder", "classifier", "--metrics", "all", "--json", "-"),
    )
    result = json.loads(capsys.readouterr().out)
    assert {"fid", "kid", "inception_score", "precision", "ddm", "ddm_of_train", "num_classes_found"} <= set(
        result["values"]
    )
    assert not {"fid_infinity", "quality_score"} & set(result["values"])  # too few images, too small ones
    assert all(np.isfinite(value) for value in result["values"].values())
    assert result["protocol"]["settings"]["kid_subset_size"] == 60  # shrunk from 1,000, and said so
    assert any("subset_size" in note for note in result["notes"])
    # A set is nearer to itself than to another one.
    assert result["values"]["ddm_of_train"] < result["values"]["ddm"]


def test_every_metric_is_listed(capsys):
    run("--list-metrics")
    printed = capsys.readouterr().out
    with pytest.raises(SystemExit):
        run("--help")
    help_text = capsys.readouterr().out
    for name, metric in METRICS.items():
        assert name in help_text
        assert f"{name}: {metric.title}" in printed
        assert metric.source in printed


def test_sampler_and_intervals(capsys, tmp_path):
    out = tmp_path / "sampler.json"
    run(
        *("--real", "digits", "--fake", SAMPLER, "--embedder", "pixels", "--metrics", "fid", "--num-fake", "300"),
        *("--num-resamples", "10", "--json", out),
    )
    printed = capsys.readouterr().out
    assert "95 % interval" in printed
    result = json.loads(out.read_text())
    low, high = result["intervals"]["fid"]
    assert low < high
    assert result["protocol"]["num_fake"] == 300
    assert "16" in result["protocol"]["resize"]  # the digits were brought to the sampler's size


def test_statistics_are_written_and_read(sets, capsys):
    request = ("--fake", sets / "fake.npz", "--metrics", "fid", "--json", "-")
    network = _embedder_file(sets)
    run("--real", sets / "real.npz", "--embedder", network, "--save-statistics", sets / "stats.npz", *request)
    direct = json.loads(capsys.readouterr().out)["values"]
    assert load_statistics(sets / "stats.npz").num_samples == 60
    run("--real", sets / "stats.npz", "--embedder", network, *request)
    assert json.loads(capsys.readouterr().out)["values"] == pytest.approx(direct)


def _embedder_file(folder, seed=0):
    import keras

    keras.utils.set_random_seed(seed)
    images = keras.Input((8, 8, 1))
    features = keras.layers.Dense(4, name="prelogits")(keras.layers.Flatten()(images))
    path = folder / f"network{seed}.keras"
    keras.Model(images, {"features": features, "logits": keras.layers.Dense(3)(features)}).save(path)
    return path


def test_statistics_of_another_network_are_refused(sets, capsys):
    request = ("--fake", sets / "fake.npz", "--metrics", "fid")
    run("--real", sets / "real.npz", "--embedder", _embedder_file(sets), "--save-statistics", sets / "s.npz", *request)
    with pytest.raises(SystemExit):
        run("--real", sets / "s.npz", "--embedder", _embedder_file(sets, 1), *request)
    assert "must have been made by the embedder that is used now" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--real", "real.npz"], "`real` and `fake` must both be named"),
        (["--real", "real.npz", "--fake", "fake.npz", "--metrics", "fit"], "`metric` must be one of 'fid'"),
        (["--real", "real.npz", "--fake", "fake.npz", "--metrics", "fid", "fid"], "each metric must be named once"),
        (["--real", "real.npz", "--fake", "fake.npz", "--metrics", "is"], "needs class probabilities"),
        (["--real", "real.npz", "--fake", "other.npz", "--metrics", "fid"], "must have one shape"),
        (["--real", "real.npz", "--fake", "broken.npz", "--metrics", "fid"], "broken.npz"),
        (["--real", "broken.npz", "--fake", "fake.npz", "--metrics", "fid"], "broken.npz is damaged"),
        (["--real", "real.npz", "--fake", "none.npz", "--metrics", "fid"], "must be a file or folder that exists"),
        (["--real", "real.npz", "--fake", "one.npz", "--metrics", "fid"], "must have at least 2 images"),
        (
            ["--real", "real.npz", "--fake", "fake.npz", "--metrics", "memorisation"],
            "Name the images that the generator",
        ),
        (["--real", "real.npz", "--fake", "fake.npz", "--metrics", "fid", "--num-resamples", "5"], "at least 10"),
        (
            [
                "--real",
                "real.npz",
                "--fake",
                "fake.npz",
                "--metrics",
                "fid",
                "--num-resamples",
                "10",
                "--max-rows",
                "9",
            ],
            "Raise `max_rows`",
        ),
    ],
)
def test_mistakes_are_one_sentence(sets, capsys, monkeypatch, words, sentence):
    np.savez(sets / "other.npz", images=np.zeros((9, 4, 4, 1), np.uint8))
    np.savez(sets / "one.npz", images=np.zeros((1, 8, 8, 1), np.uint8))
    (sets / "broken.npz").write_bytes(b"PK nothing")
    monkeypatch.chdir(sets)
    with pytest.raises(SystemExit) as stop:
        run("--embedder", "pixels", *words)
    assert stop.value.code == 1
    error = capsys.readouterr().err
    assert sentence in error
    assert "Traceback" not in error


def test_compare(sets, capsys):
    for name in ("real", "fake"):
        run(
            *("--real", sets / "real.npz", "--fake", sets / f"{name}.npz", "--embedder", "pixels"),
            *("--metrics", "fid", "--json", sets / f"{name}.json"),
        )
    capsys.readouterr()

    def compare_files(*words):
        cli.main(compare.run, compare.Settings, compare.__doc__, argv=[str(word) for word in words])

    compare_files(sets / "real.json", sets / "fake.json")
    printed = capsys.readouterr().out
    assert "a: real:train" in printed
    assert [line.split()[-2] for line in printed.splitlines() if "fid" in line] == ["a", "a", "a"]

    changed = json.loads((sets / "fake.json").read_text())
    changed["protocol"]["num_real"] = 7
    (sets / "changed.json").write_text(json.dumps(changed))
    with pytest.raises(SystemExit):
        compare_files(sets / "real.json", sets / "changed.json")
    assert "num_real=(60, 7)" in capsys.readouterr().err
    compare_files(sets / "real.json", sets / "changed.json", "--ignore", "num_real")
    for content, sentence in (("{}", "must hold `values` and `protocol`"), ("no json", "holds no evaluation")):
        (sets / "bad.json").write_text(content)
        with pytest.raises(SystemExit):
            compare_files(sets / "real.json", sets / "bad.json")
        assert sentence in capsys.readouterr().err
