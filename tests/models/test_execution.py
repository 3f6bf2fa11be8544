"""The loop under `fit`: steps per execution, the end of the data, compilation, precision, averaged weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from model_cases import dense_gan, image_array

from tfgan_suite.core.seeds import fold_in, make_seed
from tfgan_suite.data import Images, Split
from tfgan_suite.models import GAN, WGANGP
from tfgan_suite.models.execution import rows_of_this_replica
from tfgan_suite.models.sampling import LATENTS
from tfgan_suite.runs.distribution import make_strategy


def train(num_batches=8, epochs=1, build=dense_gan, data=None, callbacks=(), model_arguments=None, **compile_arguments):
    keras.utils.set_random_seed(1)
    gan = build(**model_arguments or {})
    gan.compile(**compile_arguments)
    if data is None:
        data = tf.data.Dataset.from_tensor_slices(image_array(4 * num_batches, 2)).batch(4, drop_remainder=True)
    history = gan.fit(data, epochs=epochs, verbose=0, callbacks=list(callbacks))
    return gan, history


def assert_same_weights(first, second, atol=0.0):
    for one, two in zip(first.variables, second.variables, strict=True):
        np.testing.assert_allclose(one, two, rtol=0, atol=atol, err_msg=one.path)


def test_steps_per_execution_does_not_change_the_weights():
    one, one_history = train(epochs=2)
    four, four_history = train(epochs=2, steps_per_execution=4)
    assert one.num_steps.numpy() == four.num_steps.numpy() == 16
    assert_same_weights(one, four, atol=1e-7)
    for key, values in one_history.history.items():
        np.testing.assert_allclose(values, four_history.history[key], rtol=1e-5, err_msg=key)


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
@pytest.mark.parametrize("known_length", [True, False])
@pytest.mark.parametrize("steps_per_execution", [1, 4])
def test_data_that_ends_within_an_execution(known_length, steps_per_execution):
    data = tf.data.Dataset.from_tensor_slices(image_array(24, 2)).batch(4, drop_remainder=True)
    if not known_length:
        data = data.filter(lambda images: True)
    gan, history = train(data=data, epochs=2, steps_per_execution=steps_per_execution)
    assert gan.num_steps.numpy() == 2 * 6
    assert len(history.history["d_loss"]) == 2
    assert gan.generator_optimizer.iterations.numpy() == 12


def test_batches_that_do_not_fill_a_last_step_are_dropped():
    gan, _ = train(num_batches=7, model_arguments={"num_discriminator_steps": 3})
    assert gan.num_steps.numpy() == 2
    assert gan.discriminator_optimizer.iterations.numpy() == 6


def test_logs_are_means_over_the_epoch():
    class Collect(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.logs = []

        def on_train_batch_end(self, batch, logs=None):
            self.logs.append(float(logs["d_loss"]))

    collect = Collect()
    _, history = train(num_batches=3, callbacks=[collect], run_eagerly=True)
    # What a batch logs is the mean so far.
    steps = np.diff(np.array(collect.logs) * [1, 2, 3], prepend=0)
    assert len(set(steps.round(6))) == 3
    assert history.history["d_loss"] == pytest.approx([steps.mean()], rel=1e-5)


def test_training_batches_go_on_where_the_steps_are():
    pixels = np.random.default_rng(0).integers(0, 256, (8, 2, 2, 1), np.uint8)
    batches = Images("noise", Split(pixels)).training_batches(2, seed=1)
    arguments = {"data": batches, "model_arguments": {"num_discriminator_steps": 2}, "run_eagerly": True}
    whole, _ = train(epochs=2, **arguments)
    assert whole.num_steps.numpy() == 4
    parts, _ = train(epochs=1, **arguments)
    parts.fit(batches, epochs=1, verbose=0)
    assert_same_weights(whole, parts)


def test_compiling_again_takes_effect():
    gan, _ = train(num_batches=2)
    before = [weight.numpy() for weight in gan.generator.trainable_variables]
    gan.compile(*(keras.optimizers.SGD(0.0) for _ in range(2)), adversarial_loss="hinge")
    gan.fit(image_array(8, 2), batch_size=4, verbose=0)
    for old, new in zip(before, gan.generator.trainable_variables, strict=True):
        np.testing.assert_array_equal(old, new)
    assert gan.num_steps.numpy() == 4


def test_a_callback_can_stop_training():
    stop = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: setattr(stop.model, "stop_training", True)
    )
    gan, _ = train(epochs=3, callbacks=[stop], run_eagerly=True)
    assert gan.num_steps.numpy() == 1


def dense_wgan_gp(**kwargs):
    pair = dense_gan()
    return WGANGP(pair.generator, pair.discriminator, num_discriminator_steps=2, **kwargs)


def test_xla_computes_the_same_but_for_its_own_noise():
    class Fixed(GAN):
        """Latents that do not depend on the generator of random numbers, which XLA has one of its own for."""

        def sample_latents(self, num_samples, seed):
            return tf.ones([num_samples, self.latent_dim]) * 0.3

    def build():
        pair = dense_gan()
        return Fixed(pair.generator, pair.discriminator, num_discriminator_steps=2)

    plain, plain_history = train(build=build, r1_weight=1.0)
    compiled, history = train(build=build, r1_weight=1.0, jit_compile=True, steps_per_execution=2)
    assert_same_weights(plain, compiled, atol=1e-5)
    assert history.history["d_loss"] == pytest.approx(plain_history.history["d_loss"], rel=1e-4)


def test_wgan_gp_under_xla_is_finite():
    gan, history = train(build=dense_wgan_gp, jit_compile=True)
    assert gan.num_steps.numpy() == 4
    assert np.isfinite(list(history.history.values())).all()


def test_averaged_weights_follow_their_formula():
    seen = []
    remember = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(remember.model.generator.trainable_variables[0].numpy())
    )
    keras.utils.set_random_seed(1)
    expected = dense_gan().generator.trainable_variables[0].numpy()
    gan, _ = train(num_batches=3, callbacks=[remember], model_arguments={"average_decay": 0.75})
    assert len(seen) == 3
    for weights in seen:
        expected = 0.75 * expected + 0.25 * weights
    np.testing.assert_allclose(gan.averaged_weights.averages[0], expected, rtol=1e-6)


def test_samples_are_drawn_from_the_averaged_weights():
    gan = dense_gan(average_decay=0.9)
    for average, weight in zip(gan.averaged_weights.averages, gan.generator.trainable_variables, strict=True):
        np.testing.assert_array_equal(average, weight)
        average.assign(average * 0)
    np.testing.assert_array_equal(gan.sample(2), np.zeros((2, 2, 2, 1)))
    assert gan.generator.trainable_variables[0].numpy().any()
    latents = tf.ones([2, gan.latent_dim])
    np.testing.assert_array_equal(gan(latents, training=True), gan.generator(latents))


def convolutional_wgan_gp(**kwargs):
    latents, images = keras.Input((5,)), keras.Input((2, 2, 1))
    x = layers.Reshape((2, 2, 2))(layers.Dense(8, activation="relu")(latents))
    made = layers.Conv2D(1, 3, padding="same", activation="tanh", dtype="float32")(x)
    x = layers.Flatten()(layers.Conv2D(4, 3, padding="same", activation="leaky_relu")(images))
    critic = keras.Model(images, layers.Dense(1, dtype="float32")(x))
    return WGANGP(keras.Model(latents, made), critic, num_discriminator_steps=2, **kwargs)


def test_mixed_bfloat16_trains_in_it_with_a_float32_penalty(monkeypatch):
    keras.config.set_dtype_policy("mixed_bfloat16")
    penalties, dtypes = [], []
    original = WGANGP.penalty

    def penalty(self, real_images, fake_images, labels, seed):
        dtypes.extend([real_images.dtype, fake_images.dtype])
        total, logs = original(self, real_images, fake_images, labels, seed)
        penalties.append((total.dtype, logs["gradient_penalty"].dtype))
        return total, logs

    monkeypatch.setattr(WGANGP, "penalty", penalty)
    gan, history = train(build=convolutional_wgan_gp, model_arguments={"average_decay": 0.5})
    assert set(penalties) == {(tf.float32, tf.float32)}
    assert set(dtypes) == {tf.float32}
    assert np.isfinite(list(history.history.values())).all()
    assert {variable.dtype for variable in gan.trainable_variables} == {"float32"}
    assert gan.generator.layers[1].compute_dtype == "bfloat16"
    images = gan.sample(3)
    assert images.dtype == np.float32
    assert np.isfinite(images).all()
    for average, weight in zip(gan.averaged_weights.averages, gan.generator.trainable_variables, strict=True):
        average.assign(weight)
    latents = gan.sample_latents(3, fold_in(make_seed(0), LATENTS))
    np.testing.assert_allclose(gan.sample(3), gan.generate(latents, None, training=False), atol=0.02)


def test_replicas_have_the_noise_of_their_rows():
    strategy = make_strategy("mirrored", num_devices=2)

    def draw(num_rows):
        return tf.random.stateless_normal([num_rows, 2], [1, 2])

    parts = strategy.experimental_local_results(strategy.run(lambda: rows_of_this_replica(3, draw)))
    assert len(parts) == 2
    np.testing.assert_array_equal(np.concatenate(parts), draw(6))
    assert not np.array_equal(*parts)
    np.testing.assert_array_equal(rows_of_this_replica(3, draw), draw(3))


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_data_that_ends_within_a_segment():
    data = tf.data.Dataset.from_tensor_slices(image_array(24, 2)).batch(4, drop_remainder=True)
    gan, _ = train(data=data, steps_per_execution=4, jit_compile=True)
    assert gan.num_steps.numpy() == 6
