"""Scores on the line: losses and slopes worked by hand, the generator's straight pieces, the curves that are kept."""

import math

import keras
import numpy as np
import pytest

from tfgan_suite.callbacks.evaluate_line import EvaluateLine, linear_pieces
from tfgan_suite.data import ResidentBatches
from tfgan_suite.metrics.functional.line_divergences import parzen_divergences, pushforward_divergences
from tfgan_suite.models import GAN
from tfgan_suite.networks import dense_discriminator, dense_generator


def line_gan(seed=0):
    keras.utils.set_random_seed(seed)
    gan = GAN(dense_generator((1,), 1, (16,), None), dense_discriminator((1,), (16,)), prior="uniform", seed=seed)
    gan.compile()
    for network in (gan.generator, gan.discriminator):
        for variable in network.trainable_variables:
            variable.assign_add(keras.random.normal(variable.shape, stddev=0.3, seed=seed))
    return gan


def callback_of(gan, **kwargs):
    evaluate = EvaluateLine(-0.6, 1.0, 1, **{"num_samples": 2_000, **kwargs})
    evaluate.set_model(gan)
    return evaluate


def test_pieces_are_the_generators_own_function():
    gan = line_gan(seed=3)
    latents, values = linear_pieces(gan.generator, -1, 1)
    assert 3 < len(latents) <= 18
    assert (latents[0], latents[-1]) == (-1, 1)
    z = np.linspace(-1, 1, 501)
    np.testing.assert_allclose(np.interp(z, latents, values), gan.generator(z[:, None]).numpy()[:, 0], atol=1e-5)


def test_pieces_by_hand():
    """Units relu(z), relu(1 - 2 z), one that never bends, one that bends outside: bends at 0 and 1/2 alone."""
    generator = dense_generator((1,), 1, (4,), None)
    generator.set_weights(
        [np.array([[1.0, -2.0, 0.0, 1.0]]), np.array([0.0, 1.0, 5.0, 1.5]), np.ones((4, 1)), np.array([-6.0])]
    )
    latents, values = linear_pieces(generator, -1, 1)
    np.testing.assert_allclose(latents, [-1, 0, 0.5, 1])
    np.testing.assert_allclose(values, [2.5, 1.5, 1.5, 2.5])


@pytest.mark.parametrize(
    "generator",
    [
        dense_generator((1,), 1, (4, 4), None),
        dense_generator((1,), 1, (4,), "tanh"),
        dense_generator((1,), 2, (4,), None),
        dense_generator((2,), 1, (4,), None),
    ],
)
def test_pieces_of_another_generator_are_refused(generator):
    with pytest.raises(ValueError, match="`generator` must have one hidden layer of ReLUs, from one number to one"):
        linear_pieces(generator, -1, 1)


def test_loss_and_slopes_of_a_discriminator_by_hand():
    """logit = 2 relu(x) - 1: where x > 0 the logit's slope is 2, that of D is 2 D (1 - D); elsewhere both are 0."""
    gan = line_gan()
    gan.discriminator.set_weights([np.eye(1, 16), np.zeros(16), np.full((16, 1), 2.0), np.full(1, -1.0)])
    evaluate = callback_of(gan, divergences=False)
    scores = evaluate.measure()
    assert scores.keys() == {"discriminator_loss", "generated_slope", "generated_logit_slope", "evaluation_sec"}
    x = gan.sample(2_000, seed=0)[:, 0].astype(np.float64)
    real = np.float64(evaluate.real)[:, 0]

    def probability(numbers):
        return 1 / (1 + np.exp(1 - 2 * np.maximum(numbers, 0)))

    loss = -np.log(probability(real)).mean() - np.log(1 - probability(x)).mean()
    assert scores["discriminator_loss"] == pytest.approx(loss, rel=1e-5)
    d = probability(x)
    assert scores["generated_slope"] == pytest.approx((2 * d * (1 - d) * (x > 0)).mean(), rel=1e-5)
    assert scores["generated_logit_slope"] == pytest.approx(2 * (x > 0).mean(), rel=1e-6)
    assert 0.02 < (x > 0).mean() < 0.98  # both sides are looked at


def test_a_discriminator_without_doubts_has_no_slope_left():
    """D (1 - D) of a logit of -200 is e^-200, which float32 does not hold."""
    gan = line_gan()
    gan.discriminator.set_weights([np.eye(1, 16), np.full(16, 1.0), np.full((16, 1), 0.5), np.full(1, -208.0)])
    gan.generator.set_weights([np.zeros((1, 16)), np.zeros(16), np.zeros((16, 1)), np.ones(1)])
    scores = callback_of(gan, divergences=False).measure()
    assert scores["generated_logit_slope"] == pytest.approx(0.5)
    assert scores["generated_slope"] == pytest.approx(0.5 * math.exp(-199.5), rel=1e-4)


def test_divergences_are_those_of_the_models_own_numbers():
    gan = line_gan(seed=1)
    scores = callback_of(gan, seed=4).measure()
    estimated = parzen_divergences(gan.sample(2_000, seed=4)[:, 0], -0.6, 1.0)
    exact = pushforward_divergences(*linear_pieces(gan.generator, -1, 1), -0.6, 1.0)
    assert (scores["kl_divergence"], scores["js_divergence"]) == pytest.approx((estimated.kl, estimated.js), rel=1e-5)
    assert (scores["exact_kl"], scores["exact_js"]) == (exact.kl, exact.js)
    assert scores["optimal_loss"] == pytest.approx(2 * math.log(2) - 2 * estimated.js, rel=1e-5)
    assert scores["exact_optimal_loss"] == exact.optimal_loss


@pytest.mark.parametrize("seed", range(3))
def test_no_discriminator_has_less_than_the_optimal_loss(seed):
    """Up to the sample's error: terms of some unit's spread over 2,000 numbers, hence 5 / sqrt(2000)."""
    scores = callback_of(line_gan(seed)).measure()
    assert scores["discriminator_loss"] > scores["exact_optimal_loss"] - 0.11


def test_the_estimated_optimal_loss_of_a_smooth_density_is_the_exact_one():
    """G(z) = 3 (z + 1) - 3.6: uniform numbers as wide as the data, where Parzen windows round off the ends alone."""
    gan = line_gan()
    gan.generator.set_weights([np.eye(1, 16), np.eye(1, 16)[0], np.full((16, 1), 3.0), np.full(1, -3.6)])
    scores = callback_of(gan, num_samples=10_000).measure()
    assert scores["optimal_loss"] == pytest.approx(scores["exact_optimal_loss"], abs=0.02)
    assert scores["exact_optimal_loss"] < 2 * math.log(2) - 0.1  # the two densities differ visibly


def test_curves_are_kept_at_their_steps(tmp_path):
    gan = line_gan()
    evaluate = EvaluateLine(-0.6, 1.0, 2, 500, folder=tmp_path, curve_steps=(0, 4), reach=6.0)
    batches = ResidentBatches(np.random.default_rng(0).normal(-0.6, 1, (100, 1)).astype(np.float32), 8)
    log = gan.fit(batches, epochs=3, steps_per_epoch=2, callbacks=[evaluate], verbose=0).history
    assert len(log["kl_divergence"]) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step_00000000.npz", "step_00000004.npz"]
    with np.load(tmp_path / "step_00000004.npz") as kept:
        curves = dict(kept)
    x = curves["x"]
    assert x[0] <= -6.6
    assert x[-1] >= 5.4
    assert np.trapezoid(curves["real_density"], x) == pytest.approx(1, abs=1e-4)
    assert np.trapezoid(curves["generated_density"], x) == pytest.approx(1, abs=1e-2)
    assert ((curves["discriminator"] > 0) & (curves["discriminator"] < 1)).all()
    assert curves["kl_divergence"] == pytest.approx(log["kl_divergence"][1])
    gan.fit(batches, epochs=4, initial_epoch=3, steps_per_epoch=2, callbacks=[evaluate], verbose=0)  # not anew at 0
    assert len(list(tmp_path.iterdir())) == 2


def test_what_is_refused():
    with pytest.raises(ValueError, match="`stddev` must be above 0"):
        EvaluateLine(0, 0, 1)
    gan = line_gan()
    gan.generator.trainable_variables[-1].assign([np.nan])
    with pytest.raises(ValueError, match="must be finite to be measured"):
        callback_of(gan).measure()
