"""Training heuristics against values worked by hand with tiny linear networks."""

import dataclasses
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from model_cases import CASES, HEURISTICS, dense_gan, dense_pacgan, dense_supervised_mmgan, image_array

from tfgan_suite.core.schedules import ExponentialDecay
from tfgan_suite.core.seeds import fold_in, make_seed
from tfgan_suite.losses import ADVERSARIAL_LOSSES, hinge
from tfgan_suite.models import GAN
from tfgan_suite.models.heuristics import Heuristics
from tfgan_suite.models.sampling import FAKE_NOISE, FLIPS, REAL_NOISE
from tfgan_suite.models.state import become

SEED = make_seed(3)
REAL = tf.constant(image_array(6, 2))


def compiled(build=dense_gan, optimizer=lambda: keras.optimizers.SGD(0.1), compile_arguments=None, **kwargs):
    keras.utils.set_random_seed(1)
    model = build(**kwargs)
    optimizers = {name: optimizer() for name in ("generator_optimizer", "discriminator_optimizer")}
    model.compile(**{"run_eagerly": True, **optimizers, **(compile_arguments or {})})
    return model


def with_heuristics(build=dense_gan, optimizer=lambda: keras.optimizers.SGD(0.1), loss="non_saturating", **heuristics):
    arguments = {"heuristics": Heuristics(**heuristics), "adversarial_loss": loss}
    return compiled(build, optimizer, arguments)


def weights(network):
    return [variable.numpy() for variable in network.trainable_variables]


def logits_of(gan, real=REAL):
    """Logits on a real batch and on the images that the discriminator's step makes with `SEED`."""
    fake, _ = gan._fake_batch(tf.shape(real)[0], SEED)
    return gan.discriminator(real).numpy()[:, 0], gan.discriminator(fake).numpy()[:, 0]


def softplus(x):
    return np.log1p(np.exp(x))


# --- targets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["minimax", "non_saturating", "least_squares"])
def test_smoothing_moves_the_target_of_real_images_only(loss):
    gan = with_heuristics(loss=loss, real_target=0.9)
    real, fake = logits_of(gan)
    expected = (0.9 * softplus(-real) + 0.1 * softplus(real)).mean() + softplus(fake).mean()
    if loss == "least_squares":
        expected = ((real - 0.9) ** 2).mean() + (fake**2).mean()
    assert float(gan.discriminator_step(REAL, None, SEED)["d_loss"]) == pytest.approx(expected, rel=1e-5)


def test_the_best_logit_under_smoothing():
    """Where real and generated are equally likely, D = real_target / 2; the loss is lowest there."""
    loss = ADVERSARIAL_LOSSES["non_saturating"].target_loss
    logits = tf.Variable(0.3)
    with tf.GradientTape() as tape:
        total = loss(logits[None], 0.9) + loss(logits[None], 0.0)
    # Its slope is 2 sigmoid(l) - 0.9.
    assert float(tape.gradient(total, logits)) == pytest.approx(2 / (1 + math.exp(-0.3)) - 0.9, rel=1e-5)


@pytest.mark.parametrize("name", [name for name, loss in ADVERSARIAL_LOSSES.items() if loss.target_loss])
def test_targets_1_and_0_are_the_loss_itself(name):
    loss, logits = ADVERSARIAL_LOSSES[name], tf.constant([2.0, -1.0, 0.5])
    whole = loss.target_loss(logits, tf.ones(3)) + loss.target_loss(logits[:2], 0.0)
    np.testing.assert_allclose(whole, loss.discriminator_loss(logits, logits[:2]), rtol=1e-6)


def test_a_flipped_image_has_the_target_of_generated_ones():
    gan = with_heuristics(flip_probability=0.5, real_target=0.9)
    real, fake = logits_of(gan)
    flipped = tf.random.stateless_uniform([6], fold_in(SEED, FLIPS), alg="philox").numpy() < 0.5
    assert 0 < flipped.sum() < 6
    on_real = np.where(flipped, softplus(real), 0.9 * softplus(-real) + 0.1 * softplus(real)).mean()
    found = float(gan.discriminator_step(REAL, None, SEED)["d_loss"])
    assert found == pytest.approx(on_real + softplus(fake).mean(), rel=1e-5)


def test_the_share_of_flipped_images():
    heuristics = Heuristics(flip_probability=0.2)
    targets = heuristics.with_targets({"logits": tf.zeros([20_000])}, SEED)["targets"].numpy()
    assert set(targets) == {0.0, 1.0}
    # Standard deviation 0.0028: above 0.0142 from it once in two million times.
    assert (targets == 0).mean() == pytest.approx(0.2, abs=0.0142)
    other = heuristics.with_targets({"logits": tf.zeros([20_000])}, make_seed(4))["targets"].numpy()
    assert (other != targets).any()


def test_packs_have_a_target_each():
    gan = with_heuristics(dense_pacgan, flip_probability=0.5)
    assert np.isfinite(float(gan.discriminator_step(REAL, None, SEED)["d_loss"]))


@pytest.mark.parametrize("heuristics", [{"real_target": 0.9}, {"flip_probability": 0.1}])
@pytest.mark.parametrize("loss", ["hinge", "wasserstein", dataclasses.replace(hinge, name="own")])
def test_losses_without_targets_are_refused(loss, heuristics):
    message = "for an adversarial loss with targets.*Those are minimax, non_saturating, least_squares"
    with pytest.raises(ValueError, match=message):
        with_heuristics(loss=loss, **heuristics)
    with_heuristics(loss=loss, input_noise=0.1, frozen_layers=["features"], frozen_steps=1)


def test_a_discriminator_that_learns_another_loss_is_refused():
    with pytest.raises(ValueError, match=r"loss with targets.*the model's own"):
        with_heuristics(dense_supervised_mmgan, real_target=0.9)
    with_heuristics(dense_supervised_mmgan, input_noise=0.1)


# --- noise -----------------------------------------------------------------------------------------------------------


def test_the_discriminator_sees_the_noise_of_its_step():
    gan = with_heuristics(input_noise=ExponentialDecay(0.5, half_life_steps=2))
    gan.num_steps.assign(4)  # two half-lives
    fake, _ = gan._fake_batch(6, SEED)
    noises = [
        tf.random.stateless_normal([6, 2, 2, 1], fold_in(SEED, purpose), alg="philox")
        for purpose in (REAL_NOISE, FAKE_NOISE)
    ]
    seen = []
    original = gan.discriminate
    gan.discriminate = lambda images, labels, training: (
        seen.append(images.numpy()) or original(images, labels, training)
    )
    gan.discriminator_step(REAL, None, SEED)
    gan.generator_step(6, SEED)
    np.testing.assert_allclose(seen[0], REAL + 0.125 * noises[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(seen[1], fake + 0.125 * noises[1], rtol=1e-5, atol=1e-6)
    assert not np.allclose(noises[0], noises[1])
    np.testing.assert_allclose(seen[2], fake + 0.125 * noises[1], rtol=1e-5, atol=1e-6)


def test_a_number_is_noise_that_holds():
    assert float(Heuristics(input_noise=0.25).input_noise(10**6)) == 0.25
    assert Heuristics(input_noise=0.0).input_noise is None


# --- frozen layers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", [lambda: keras.optimizers.AdamW(0.01, weight_decay=0.1), keras.optimizers.SGD])
def test_frozen_weights_stay_to_the_bit_and_then_move(optimizer):
    gan = with_heuristics(optimizer=optimizer, frozen_layers=["features"], frozen_steps=2)
    features, others = gan.discriminator.get_layer("features"), gan.discriminator.layers[-1]
    before = weights(features)
    for step in range(3):
        start = weights(features), weights(others), weights(gan.generator)
        gan.train_step(REAL[:, None])  # [B, ...] -> [B, 1, ...]
        moved = [
            any((a != b).any() for a, b in zip(old, weights(part), strict=True))
            for old, part in zip(start, (features, others, gan.generator), strict=True)
        ]
        assert moved == [step == 2, True, True]
        if step < 2:
            assert all((a == b).all() for a, b in zip(before, weights(features), strict=True))


def test_a_frozen_layers_first_step_is_of_the_usual_size():
    """Adam's moments go on while it is frozen; moments of zero would make its first step sixteen times as long."""
    gan = with_heuristics(
        optimizer=lambda: keras.optimizers.Adam(1e-3, beta_1=0.5, beta_2=0.999),
        frozen_layers=["features"],
        frozen_steps=50,
    )
    for _ in range(50):
        gan.train_step(REAL[:, None])
    before = weights(gan.discriminator.get_layer("features"))
    gan.train_step(REAL[:, None])
    steps = [np.abs(a - b).max() for a, b in zip(before, weights(gan.discriminator.get_layer("features")), strict=True)]
    assert 0 < max(steps) < 3e-3


# --- update schedules ------------------------------------------------------------------------------------------------


def test_update_schedule_is_kept_with_fresh_latents_each():
    calls = []

    class Watched(GAN):
        def discriminator_step(self, real_images, real_labels, seed):
            calls.append(("d", tuple(seed.numpy())))
            return super().discriminator_step(real_images, real_labels, seed)

        def generator_step(self, batch_size, seed, real_images=None):
            calls.append(("g", tuple(seed.numpy())))
            assert real_images is None
            return super().generator_step(batch_size, seed, real_images)

    def build(**kwargs):
        pair = dense_gan()
        return Watched(pair.generator, pair.discriminator, **kwargs)

    gan = compiled(build, num_discriminator_steps=1, num_generator_steps=2)
    assert gan.num_batches_per_step == 1
    gan.fit(image_array(8, 2), batch_size=4, verbose=0)
    assert "".join(kind for kind, _ in calls) == "dggdgg"
    assert len({seed for _, seed in calls}) == 6
    assert gan.num_steps.numpy() == 2
    assert gan.generator_optimizer.iterations.numpy() == 4


def test_another_schedule_is_another_make():
    with pytest.raises(ValueError, match="of the same make"):
        become(compiled(), compiled(num_generator_steps=2))
    with pytest.raises(ValueError, match="of the same make"):
        become(compiled(), with_heuristics(real_target=0.9))


# --- the whole -------------------------------------------------------------------------------------------------------


def train(model, num_steps):
    model.fit(tf.data.Dataset.from_tensors(REAL).repeat(num_steps), verbose=0)


@pytest.mark.parametrize(
    "how", [{"run_eagerly": True}, {"run_eagerly": False, "jit_compile": True, "steps_per_execution": 2}]
)
def test_a_resumed_training_is_the_uninterrupted_one(how, tmp_path):
    heuristics = dataclasses.replace(HEURISTICS, frozen_steps=2)
    gan = compiled(dense_gan, lambda: keras.optimizers.Adam(1e-2), {"heuristics": heuristics, **how})
    features = gan.discriminator.get_layer("features")
    start = weights(features)
    train(gan, 2)
    assert all((old == new).all() for old, new in zip(start, weights(features), strict=True))
    gan.save(tmp_path / "half.keras")
    train(gan, 2)
    assert all((old != new).any() for old, new in zip(start, weights(features), strict=True))
    resumed = keras.models.load_model(tmp_path / "half.keras")
    assert resumed.heuristics == heuristics
    train(resumed, 2)
    for one, two in zip(gan.variables, resumed.variables, strict=True):
        np.testing.assert_array_equal(one, two, err_msg=one.path)


def test_nothing_asked_for_is_nothing_changed():
    assert Heuristics() == compiled().heuristics
    plain, none = compiled(), with_heuristics()
    for gan in (plain, none):
        gan.fit(image_array(8, 2), batch_size=4, verbose=0)
    for one, two in zip(plain.variables, none.variables, strict=True):
        np.testing.assert_array_equal(one, two)


def test_config_round_trip():
    config = keras.saving.serialize_keras_object(HEURISTICS)
    assert keras.saving.deserialize_keras_object(config) == HEURISTICS
    assert CASES["heuristics"].compiled().heuristics == HEURISTICS


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"real_target": 0.0}, r"`real_target` must be in \(0, 1\]"),
        ({"real_target": 1.1}, r"`real_target` must be in \(0, 1\]"),
        ({"flip_probability": 1.0}, r"`flip_probability` must be in \[0, 1\)"),
        ({"flip_probability": -0.1}, r"`flip_probability` must be in \[0, 1\)"),
        ({"input_noise": -1.0}, "`start` must be finite and at least 0"),
        ({"input_noise": lambda step: 1.0}, "`input_noise` must be a number or an `ExponentialDecay`"),
        ({"frozen_layers": "features", "frozen_steps": 1}, "must be a sequence of names"),
        ({"frozen_layers": ["features"]}, "`frozen_layers` and `frozen_steps` belong together"),
        ({"frozen_steps": 3}, "`frozen_layers` and `frozen_steps` belong together"),
        ({"frozen_layers": ["features"], "frozen_steps": -3}, "belong together"),
    ],
)
def test_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        Heuristics(**kwargs)


@pytest.mark.parametrize("name", ["conv9", "images"])
def test_a_layer_that_is_not_there_or_has_no_weights(name):
    with pytest.raises(ValueError, match=f"`frozen_layers` must be one of 'features', '.*{name}"):
        with_heuristics(frozen_layers=[name], frozen_steps=1)


def test_generator_steps_are_at_least_one():
    with pytest.raises(ValueError, match="`num_generator_steps` must be above 0"):
        dense_gan(num_generator_steps=0)
