"""Quality and diversity while training: the sweep's own numbers at sigma 1, and a file per measurement."""

import json

import keras
import numpy as np
import pytest
from keras import layers

from tfgan_suite.callbacks.evaluate_tradeoff import EvaluateTradeoff
from tfgan_suite.core.images import to_uint8
from tfgan_suite.layers import GaussianMixturePrior
from tfgan_suite.metrics.embedders.base import Embedder
from tfgan_suite.metrics.functional.inception import inception_score
from tfgan_suite.metrics.tradeoff import measure_tradeoff
from tfgan_suite.models import GAN

SIZE, LATENT_DIM = 12, 3


class Halves(Embedder):
    """Features: the means of the upper and the lower half. Probabilities: a softmax of them."""

    name, weights_hash, feature_dim, num_classes, input_channels = "halves", "abc", 2, 2, None

    def forward(self, images):
        import tensorflow as tf

        features = tf.reduce_mean(tf.reshape(images, [-1, 2, SIZE * SIZE // 2]), axis=-1)
        return features, tf.nn.softmax(features / 16)


class NoClassifier(Halves):
    num_classes = None


REFERENCES = np.random.default_rng(1).normal(127, 9, (20, 2)).astype(np.float32)


def make_gan(prior="normal", size=SIZE):
    keras.utils.set_random_seed(0)
    latents = keras.Input((LATENT_DIM,), name="latents")
    images = keras.Input((size, size, 1), name="images")
    made = layers.Reshape((size, size, 1))(layers.Dense(size**2, activation="tanh")(latents))
    discriminator = keras.Model(images, layers.Dense(1)(layers.Flatten()(images)))
    gan = GAN(keras.Model(latents, made), discriminator, prior=prior)
    gan.compile()
    return gan


def fitted(gan, callback, epochs=4):
    images = np.random.default_rng(0).uniform(-1, 1, (16, SIZE, SIZE, 1)).astype(np.float32)
    return gan.fit(images, batch_size=8, epochs=epochs, steps_per_epoch=1, callbacks=[callback], verbose=0).history


def test_logs_sigma_1_and_writes_the_whole_sweep(tmp_path):
    gan, embedder = make_gan(GaussianMixturePrior(LATENT_DIM, 2, variance=1.0)), Halves()
    evaluate = EvaluateTradeoff(
        embedder, REFERENCES, 2, sigmas=(0.5, 1.0), num_samples=20, folder=tmp_path / "tradeoff", seed=7
    )
    history = fitted(gan, evaluate)
    files = sorted((tmp_path / "tradeoff").iterdir())
    assert [path.name for path in files] == ["step_00000002.json", "step_00000004.json"]
    expected = measure_tradeoff(
        lambda sigma: to_uint8(gan.sample(20, seed=7, sigma=sigma)), embedder, REFERENCES, (0.5, 1.0)
    )
    assert json.loads(files[1].read_text()) == {
        "step": 4,
        "embedder": "halves",
        "embedder_hash": "abc",
        **{name: pytest.approx(value, rel=1e-4) for name, value in expected.to_dict().items()},
    }
    for name in ("quality", "diversity", "combined"):
        assert len(history[f"{name}_score"]) == 2
        assert history[f"{name}_score"][1] == pytest.approx(expected.at(1.0)[name], rel=1e-4)
    assert history["tradeoff_sec"][0] > 0


def test_splits_are_as_asked_for_and_progress_is_told(tmp_path):
    gan, embedder, told = make_gan(), Halves(), []
    how = {"num_splits": 4, "progress": lambda done, total: told.append((done, total))}
    evaluate = EvaluateTradeoff(embedder, REFERENCES, 1, (0.5, 1.0), 20, folder=tmp_path, **how)
    evaluate.set_model(gan)
    probs = embedder.embed(to_uint8(gan.sample(20, seed=0))).probs
    assert evaluate.measure().inception_score[1] == pytest.approx(inception_score(probs, 4)[0], rel=1e-5)
    assert told == [(1, 2), (2, 2)]


def test_a_prior_that_is_not_gaussian_is_refused_before_training(tmp_path):
    gan = make_gan("uniform")
    with pytest.raises(ValueError, match=r"prior must be made of Gaussians.*Received: prior='UniformPrior'"):
        fitted(gan, EvaluateTradeoff(Halves(), REFERENCES, 100, num_samples=20, folder=tmp_path))
    assert int(gan.num_steps) == 0


def test_images_too_small_for_ms_ssim_are_refused_before_training(tmp_path):
    gan = make_gan(size=8)
    with pytest.raises(ValueError, match="images must be at least 11 pixels high and wide"):
        gan.fit(
            np.zeros((8, 8, 8, 1), np.float32),
            batch_size=8,
            verbose=0,
            callbacks=[EvaluateTradeoff(Halves(), REFERENCES, 1, num_samples=20, folder=tmp_path)],
        )
    assert int(gan.num_steps) == 0


def test_images_that_are_not_finite_are_not_measured(tmp_path):
    gan = make_gan()
    bias = gan.generator.trainable_variables[-1]
    bias.assign(np.full(bias.shape, np.nan))
    evaluate = EvaluateTradeoff(Halves(), REFERENCES, 1, num_samples=20, folder=tmp_path)
    evaluate.set_model(gan)
    with pytest.raises(ValueError, match="generated samples must be finite"):
        evaluate.act(1, {})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sigmas": (0.5, 2.0)}, "`sigmas` must hold 1"),
        ({"num_samples": 9}, "`num_samples` must be at least 2 and at least `num_splits`"),
        ({"num_samples": 1, "num_splits": 1}, "`num_samples` must be at least 2"),
        ({"every_steps": 0}, "`every_steps` must be above 0"),
        ({"embedder": NoClassifier()}, "`embedder` must be a classifier"),
        ({"reference_features": REFERENCES[:1]}, "reference_features"),
    ],
)
def test_errors(tmp_path, change, message):
    given = {"embedder": Halves(), "reference_features": REFERENCES, "every_steps": 1, "folder": tmp_path} | change
    with pytest.raises(ValueError, match=message):
        EvaluateTradeoff(**given)
