"""`python -m recipes.tradeoff` on tiny samplers: what it writes, how runs are grouped, a sentence for every mistake."""

import json
import re
import shutil

import keras
import numpy as np
import pytest
from keras import layers

from recipes import tradeoff
from tfgan_suite.layers import GaussianMixturePrior
from tfgan_suite.metrics.embedders import load_embedder
from tfgan_suite.metrics.functional.quality_diversity import quality_diversity, reference_log_alpha
from tfgan_suite.models import GAN, MMGAN
from tfgan_suite.runs import cli
from tfgan_suite.runs.image_sources import training_images
from tfgan_suite.runs.saved_sampler import SavedSampler

QUICK = ("--dataset", "digits", "--num-images", "20", "--sigmas", "0.5", "1", "2", "--embedder", "classifier")
SIZE, LATENT_DIM = 16, 3


def networks(size=SIZE):
    latents = keras.Input((LATENT_DIM,), name="latents")
    images = keras.Input((size, size, 1), name="images")
    generator = keras.Model(latents, layers.Reshape((size, size, 1))(layers.Dense(size**2, activation="tanh")(latents)))
    return generator, keras.Model(images, layers.Dense(1)(layers.Flatten()(images)))


def mmgan(num_gaussians=4):
    return MMGAN(*networks(), prior=GaussianMixturePrior(LATENT_DIM, num_gaussians, variance=1.0))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """gan/: a run folder; mmgan/: two trials; uniform and small: samplers that do not fit."""
    folder = tmp_path_factory.mktemp("runs")
    keras.utils.set_random_seed(0)
    GAN(*networks()).export(folder / "gan" / "saved_model")
    for trial in range(2):
        keras.utils.set_random_seed(trial)
        mmgan().export(folder / "mmgan" / f"trial_{trial}" / "saved_model")
    GAN(*networks(), prior="uniform").export(folder / "uniform")
    GAN(*networks(12)).export(folder / "small")
    return folder


@pytest.fixture(autouse=True)
def _quick_classifier(monkeypatch):
    """A few steps of training: what it is trained to is not what is tested here."""
    from tfgan_suite.metrics.embedders import classifier_training

    resolved = classifier_training.ClassifierOptions.resolved
    monkeypatch.setattr(
        classifier_training.ClassifierOptions,
        "resolved",
        lambda self, count: resolved(type(self)(num_steps=3, seed=self.seed), count),
    )


def run(*words):
    tradeoff.run(cli.parse(tradeoff.Settings, [str(word) for word in words]))


def test_writes_report_figures_and_json(runs, tmp_path, capsys):
    out = tmp_path / "out"
    run(runs / "gan", runs / "mmgan", *QUICK, "--out", out)
    assert {path.name for path in out.iterdir()} == {"report.html", "tradeoff.json", "figures"}
    assert {path.name for path in (out / "figures").iterdir()} == {
        "tradeoff.png",
        "scores.png",
        "samples_0_GAN.png",
        "samples_1_MMGAN_K_4.png",
    }
    result = json.loads((out / "tradeoff.json").read_text())
    assert {name: len(each["trials"]) for name, each in result["models"].items()} == {"GAN": 1, "MMGAN, K = 4": 2}
    report = (out / "report.html").read_text()
    for words in ("3 samplers of 2 models", "Figure 4.4: GAN", "Highest scores and their sigmas", "--dataset digits"):
        assert words in report, words
    assert f"Report: {out / 'report.html'}" in capsys.readouterr().out


def test_scores_are_those_of_the_samplers_images(runs, tmp_path):
    run(runs / "gan", *QUICK, "--seed", 3, "--out", tmp_path / "out")
    result = json.loads((tmp_path / "out" / "tradeoff.json").read_text())
    data = training_images("digits", image_size=SIZE)
    embedder = load_embedder(
        "classifier",
        train_images=data.train.images,
        train_labels=data.train.labels,
        test_images=data.test.images,
        test_labels=data.test.labels,
        num_classes=10,
        seed=3,
    )
    assert result["protocol"]["embedder_hash"] == embedder.weights_hash
    references = embedder.embed(data.train.images).features
    images = SavedSampler.load(runs / "gan").sample_uint8(20, seed=3, sigma=2.0)
    embedding = embedder.embed(images)
    alpha = np.exp(reference_log_alpha(references))
    expected = quality_diversity(images, embedding.probs, embedding.features, references, alpha)
    (measured,) = result["models"]["GAN"]["trials"]
    assert measured["sigmas"] == [0.5, 1.0, 2.0]
    assert measured["log_alpha"] == pytest.approx(np.log(alpha))
    for name in ("quality", "diversity", "combined"):
        assert measured[name][2] == pytest.approx(getattr(expected, name), rel=1e-4)


def test_names_and_runs_of_one_model(runs):
    trials = tradeoff.find_trials([runs / "gan", runs / "mmgan", runs / "mmgan" / "trial_0"])
    assert [trial.model for trial in trials] == ["GAN"] + 3 * ["MMGAN, K = 4"]
    named = tradeoff.find_trials([runs / "gan", runs / "mmgan"], ("baseline", "ours"))
    assert [trial.model for trial in named] == ["baseline", "ours", "ours"]


def test_trials_go_by_their_numbers(tmp_path):
    for name in ("trial_10", "trial_2", "trial_0", "trial_x", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "trial_1").write_text("no folder")
    assert [path.name for path in tradeoff.trial_folders(tmp_path)] == ["trial_0", "trial_2", "trial_10"]
    assert tradeoff.trial_folders(tmp_path / "other") == [tmp_path / "other"]


def test_models_are_told_apart_by_what_the_recipe_calls_them():
    def named(model, method=None, num_gaussians=None):
        made_by = {} if method is None else {"model": method}
        return tradeoff.model_name({"model": model, "made_by": made_by, "num_gaussians": num_gaussians})

    assert named("CINGAN", "cingan") == "CINGAN"
    assert named("MMGAN", "supervised_mmgan", 30) == "MMGAN, supervised_mmgan, K = 30"
    assert named("GAN") == "GAN"
    assert tradeoff.model_name({"model": "GAN", "made_by": {}}) == "GAN"  # a card of an older version


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["gan", "--sigmas", "0.5", "0"], r"`--sigmas` must be above 0.*Received: sigmas=\(0.5, 0.0\)"),
        (["gan", "--sigmas", "1", "0.5"], "`--sigmas` must rise, each once"),
        (["gan", "--num-images", "5"], "`--num-images` must be at least 2 and at least `--num-splits`"),
        (["gan", "--num-splits", "0"], "`num_splits` must be above 0"),
        (["gan", "--names", "a", "b"], "`--names` must be one for each RUN"),
        (["uniform"], r"prior must be made of Gaussians.*prior='UniformPrior'"),
        (["gan", "small"], "All samplers must make images of one shape"),
        (["gan", "--image-size", "12"], "must make images of the data's shape"),
        (["gan", "--embedder", "pixels"], "The embedder must be a classifier"),
    ],
)
def test_mistakes(runs, tmp_path, words, message):
    given = [runs / word if re.fullmatch("gan|uniform|small", word) else word for word in words]
    options = [] if "--embedder" in words else ["--embedder", "classifier"]
    with pytest.raises(ValueError, match=message):
        run(*given, "--dataset", "digits", *options, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_sampler_of_an_older_version_is_to_be_exported_again(runs, tmp_path):
    shutil.copytree(runs / "gan" / "saved_model", tmp_path / "old")
    card = json.loads((tmp_path / "old" / "card.json").read_text())
    del card["functions"]["sample_sigma"]
    (tmp_path / "old" / "card.json").write_text(json.dumps(card))
    with pytest.raises(ValueError, match=r"must take sigma, .*Export it again"):
        tradeoff.find_trials([tmp_path / "old"])


def test_folders_that_do_not_do(runs, tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no folder"):
        run(tmp_path / "nothing", *QUICK, "--out", tmp_path / "out")
    (tmp_path / "study" / "trial_0").mkdir(parents=True)
    with pytest.raises(ValueError, match="must be an exported sampler"):
        run(tmp_path / "study", *QUICK, "--out", tmp_path / "out")
    with pytest.raises(ValueError, match="`--out` must be a new or empty folder"):
        run(runs / "gan", *QUICK, "--out", runs)
    with pytest.raises(ValueError, match="there must be a RUN"):
        tradeoff.check(tradeoff.Settings(runs=()))
