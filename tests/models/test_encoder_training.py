from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from linear_gans import LATENT_DIM, SIZE, linear_gan

from tfgan_suite.models import encoder_training
from tfgan_suite.models.encoder_training import encoder_distance, train_encoder
from tfgan_suite.networks.inversion import inversion_encoder

SMALL = {"feature_dims": 32, "num_filters": 4, "learning_rate": 5e-3}


@pytest.mark.parametrize("seed", [0, 1])
def test_a_linear_map_is_inverted(seed):
    gan = linear_gan(seed, num_classes=3)
    before = [weight.copy() for weight in gan.get_weights()]
    trained = train_encoder(gan, num_steps=200, seed=seed, num_test_samples=500, **SMALL)
    assert 0 < trained.latent_error < 0.25
    assert 0.9 < trained.class_accuracy <= 1
    for old, new in zip(before, gan.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_the_same_seed_gives_the_same_encoder_and_progress_is_told():
    gan, calls = linear_gan(), []
    runs = [
        train_encoder(gan, num_steps=3, batch_size=4, seed=7, progress=lambda *call: calls.append(call), **SMALL)
        for _ in range(2)
    ]
    weights = [np.concatenate([each.ravel() for each in run.encoder.get_weights()]) for run in runs]
    np.testing.assert_array_equal(weights[0], weights[1])
    assert runs[0].latent_error == runs[1].latent_error
    assert runs[0].class_accuracy is None
    assert calls[:3] == [(1, 3), (2, 3), (3, 3)]


def test_the_losses_by_hand():
    gan = linear_gan(num_classes=3)
    images = tf.random.stateless_uniform((6, SIZE, SIZE, 1), (0, 1), -1, 1)
    encoder = inversion_encoder((SIZE, SIZE, 1), LATENT_DIM, 3, feature_dims=8, num_filters=2)
    schedule = encoder_training.Schedule(1, 6, 1e-3, 0)
    loop = encoder_training._EncoderLoop(encoder, gan, schedule)
    seed = tf.constant([1, 2])
    made, latents, labels = encoder_training._draw(gan, 6, seed)
    np.testing.assert_allclose(made, gan.generate(latents, labels, training=False), atol=1e-6)
    outputs = {name: np.float64(value) for name, value in encoder(made).items()}
    logits = outputs["class_logits"]
    cross_entropy = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(6), labels.numpy()]
    expected = {
        "latent_loss": np.mean((outputs["latents"] - latents.numpy()) ** 2),
        "class_loss": cross_entropy.mean(),
    }
    found = loop.objective((tf.zeros(6, tf.uint8),), seed)
    assert {name: float(value) for name, value in found.items()} == pytest.approx(
        {"loss": sum(expected.values()), **expected}, rel=1e-5
    )
    # The distance of the equation: squares summed over the features.
    a, b = (np.float64(encoder(batch)["features"]) for batch in (images, made))
    np.testing.assert_allclose(encoder_distance(encoder)(images, made), ((a - b) ** 2).sum(axis=1), rtol=1e-5)


def test_the_error_is_a_share_of_the_variance(monkeypatch):
    """An encoder that answers 0 has an error of 1 but for the mean of the sample; one that doubles all has one of 1."""
    gan = linear_gan()
    for answer, expected in ((0.0, 1.0), (2.0, 1.0), (1.0, 0.0)):
        known = {}

        def draw(gan, num, seed, known=known):
            known["latents"] = gan.sample_latents(num, seed)
            return tf.zeros((num, SIZE, SIZE, 1)), known["latents"], None

        def encoder(images, training, known=known, answer=answer):
            return {"latents": answer * known["latents"]}

        monkeypatch.setattr(encoder_training, "_draw", draw)
        error, accuracy = encoder_training._measure(encoder, gan, 4000, 3000, seed=0)
        assert error == pytest.approx(expected, abs=0.01)
        assert accuracy is None


def test_errors():
    for name in ("num_steps", "batch_size", "learning_rate", "num_test_samples"):
        with pytest.raises(ValueError, match=f"`{name}` must be above 0"):
            train_encoder(linear_gan(), **{name: 0})
    points = SimpleNamespace(generator=SimpleNamespace(output_shape=(None, 2)), latent_dim=2, num_classes=None)
    with pytest.raises(ValueError, match="`image_shape` must be three positive numbers"):
        train_encoder(points)
    gan = linear_gan()
    gan.generator.set_weights([np.full((LATENT_DIM, SIZE**2), np.nan)])
    with pytest.raises(FloatingPointError, match="The loss of the encoder is not finite by step 2 of 2"):
        train_encoder(gan, num_steps=2, **SMALL)
