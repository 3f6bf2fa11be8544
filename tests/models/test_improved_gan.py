"""Improved GAN: its losses by hand, whose batches it reads, its first scales, its labels."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from model_cases import dense_discriminator, dense_gan, dense_generator, dense_improved_gan, described, image_array

from tfgan_suite.core.images import to_uint8
from tfgan_suite.core.seeds import make_seed
from tfgan_suite.data import Images, Split, hide_labels
from tfgan_suite.layers import UniformPrior, WeightNormDense
from tfgan_suite.models import GAN, Heuristics, ImprovedGAN

SEED = make_seed(0)
REAL = tf.constant(image_array(4, 2))
IMAGES, LABELS = image_array(12, 2), np.arange(12) % 3


def linear_discriminator(num_classes=None):
    """Features are the pixels themselves times 2; logits linear in them."""
    images = keras.Input((2, 2, 1))
    features = layers.Rescaling(2.0)(layers.Flatten()(images))
    if num_classes is None:
        return keras.Model(images, {"logits": layers.Dense(1)(features), "features": features})
    class_logits = layers.Dense(num_classes)(features)
    logits = keras.ops.logsumexp(class_logits, axis=-1, keepdims=True)
    return keras.Model(images, {"logits": logits, "class_logits": class_logits, "features": features})


def linear_gan(num_data_classes=None, **compile_arguments):
    keras.utils.set_random_seed(1)
    networks = dense_generator(), linear_discriminator(num_data_classes)
    gan = ImprovedGAN(*networks, num_data_classes=num_data_classes)
    gan.compile(run_eagerly=True, **compile_arguments)
    return gan


@pytest.mark.parametrize(("distance", "power"), [("absolute", 1), ("squared", 2)])
def test_the_generator_matches_mean_features(distance, power):
    gan = linear_gan(feature_distance=distance)
    fake, _ = gan._fake_batch(4, SEED)
    apart = 2 * (REAL.numpy().reshape(4, 4).mean(0) - fake.numpy().reshape(4, 4).mean(0))
    loss = gan.generator_step(tf.constant(4), SEED, REAL)["g_loss"]
    assert float(loss) == pytest.approx((np.abs(apart) ** power).mean(), rel=1e-5)


def test_without_classes_the_discriminator_is_that_of_the_base():
    gan = linear_gan()
    fake, _ = gan._fake_batch(4, SEED)
    real_logits, fake_logits = (gan.discriminator(images)["logits"].numpy() for images in (REAL, fake))
    expected = np.log1p(np.exp(-real_logits)).mean() + np.log1p(np.exp(fake_logits)).mean()
    assert float(gan.discriminator_step(REAL, None, SEED)["d_loss"]) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("weight", [1.0, 0.3])
def test_semi_supervised_loss_is_the_cross_entropy_of_k_plus_1_classes(weight):
    """As eq. 9 of section 5: with a (K + 1)th logit of 0, whose class is that of generated images."""
    gan = linear_gan(3, unlabelled_weight=weight)
    fake, _ = gan._fake_batch(4, SEED)

    def log_probs(images):
        logits = gan.discriminator(images)["class_logits"].numpy()
        logits = np.concatenate([logits, np.zeros([4, 1])], 1)
        return logits - np.log(np.exp(logits).sum(1, keepdims=True))

    on_real, on_fake = log_probs(REAL), log_probs(fake)
    real_loss = -np.log(1 - np.exp(on_real[:, 3])).mean() - on_fake[:, 3].mean()
    # Given that it is real: p(y | x, y < K + 1).
    given_real = on_real[:, :3] - np.log(np.exp(on_real[:, :3]).sum(1, keepdims=True))
    class_loss = -(given_real[0, 2] + given_real[2, 0]) / 2
    logs = gan.discriminator_step(REAL, tf.constant([2, 3, 0, 3]), SEED)
    assert float(logs["real_class_loss"]) == pytest.approx(class_loss, rel=1e-5)
    assert float(logs["d_loss"]) == pytest.approx(class_loss + weight * real_loss / 2, rel=1e-4)


def test_the_generator_reads_a_batch_of_its_own():
    seen = {"d": [], "g": []}

    class Watched(ImprovedGAN):
        def discriminator_step(self, real_images, real_labels, seed):
            seen["d"].append(real_images.numpy())
            return super().discriminator_step(real_images, real_labels, seed)

        def generator_step(self, batch_size, seed, real_images=None):
            seen["g"].append(real_images.numpy())
            return super().generator_step(batch_size, seed, real_images)

    gan = Watched(dense_generator(), linear_discriminator(), num_generator_steps=2)
    gan.compile(run_eagerly=True)
    assert gan.num_batches_per_step == 3
    gan.fit(tf.data.Dataset.from_tensor_slices(IMAGES).batch(2, drop_remainder=True), verbose=0)
    np.testing.assert_array_equal(seen["d"], [IMAGES[0:2], IMAGES[6:8]])
    np.testing.assert_array_equal(seen["g"], [IMAGES[2:4], IMAGES[4:6], IMAGES[8:10], IMAGES[10:12]])


def scales(gan):
    return [layer.scale.numpy() for layer in gan.discriminator.layers if isinstance(layer, WeightNormDense)]


def test_the_first_fit_sets_the_scales_and_no_later_one_does():
    gan = dense_improved_gan()
    gan.compile(run_eagerly=True)
    before = scales(gan)
    assert all((value == 1).all() for value in before)
    expected = dense_improved_gan()
    expected.set_weights(gan.get_weights())
    expected.initialize(np.repeat(IMAGES, 2, axis=0))
    gan.fit(tf.data.Dataset.from_tensors(IMAGES).repeat(2), verbose=0)  # one step of two batches, which are alike
    first = scales(gan)
    # All but the last one's are not learnt.
    for at_first, wanted, found in zip(before[:-1], scales(expected)[:-1], first[:-1], strict=True):
        assert (at_first != wanted).all()
        np.testing.assert_array_equal(found, wanted)
    gan.fit(tf.data.Dataset.from_tensors(2 * IMAGES).repeat(2), verbose=0)
    for old, new in zip(first[:-1], scales(gan)[:-1], strict=True):
        np.testing.assert_array_equal(old, new)


def test_averaged_weights_start_from_the_first_scales():
    gan = ImprovedGAN.for_images(described(12), num_filters=2, latent_dim=5, average_decay=0.999)
    gan.initialize(image_array(6, 12))
    assert (gan.generator.get_layer("images_conv").scale.numpy() != 1).all()
    for average, weight in zip(gan.averaged_weights.averages, gan.generator.trainable_variables, strict=True):
        np.testing.assert_array_equal(average, weight)


def test_labels_of_which_some_are_hidden():
    pixels = np.random.default_rng(0).integers(0, 256, (30, 2, 2, 1), np.uint8)
    labels = np.arange(30) % 3
    images = Images("noise", Split(pixels, labels), class_names=("a", "b", "c")).with_labels(
        hide_labels(labels, 3, 4), 4
    )
    gan = dense_improved_gan(3)
    gan.compile(run_eagerly=True)
    history = gan.fit(images.training_batches(batch_size=10), steps_per_epoch=2, verbose=0).history
    assert np.isfinite(history["real_class_loss"]).all()
    probs = gan.class_probs(IMAGES, batch_size=5)
    assert probs.shape == (12, 3)
    np.testing.assert_allclose(probs.sum(1), 1, rtol=1e-5)
    np.testing.assert_allclose(gan.class_probs(IMAGES), probs, rtol=1e-5)


def test_segments_of_xla_and_heuristics():
    gan = dense_improved_gan(2, num_generator_steps=2)
    heuristics = Heuristics(real_target=0.9, flip_probability=0.1, input_noise=0.1)
    gan.compile(jit_compile=True, steps_per_execution=2, heuristics=heuristics, l2_weight=1e-3)
    data = tf.data.Dataset.from_tensors((IMAGES, LABELS)).repeat(6)
    history = gan.fit(data, verbose=0).history
    assert set(history) == {"d_loss", "g_loss", "l2_penalty", "real_class_loss"}
    assert np.isfinite(list(history.values())).all()
    assert gan.num_steps.numpy() == 2


def test_networks_of_the_scripts_and_latents():
    conv = ImprovedGAN.for_images(described(12), num_data_classes=4, num_filters=8, latent_dim=5)
    assert conv.discriminator.get_layer("block1_conv1").units == 6
    dense = ImprovedGAN.for_images(described(12), network="dense", latent_dim=5)
    for gan, widths in ((conv, 12), (dense, 250)):
        assert isinstance(gan.prior, UniformPrior)
        latents = gan.sample_latents(1000, SEED).numpy()
        assert 0 <= latents.min() < 0.01
        assert 0.99 < latents.max() <= 1
        assert gan.sample(2).shape == (2, 12, 12, 1)
        assert gan.discriminator.output["features"].shape[1] == widths
    gan = dense
    gan.compile()
    assert [float(gan.generator_optimizer.learning_rate), gan.generator_optimizer.beta_1] == pytest.approx([3e-4, 0.5])


def test_an_exported_sampler_draws_the_same(tmp_path):
    gan = dense_improved_gan(2, prior=UniformPrior(5, 0.0, 1.0))
    loaded = tf.saved_model.load(str(gan.export(tmp_path / "sampler")))
    images = loaded.signatures["sample"](num_images=tf.constant(3), seed=tf.constant(7, tf.int64))
    np.testing.assert_allclose(next(iter(images.values())), gan.sample(3, seed=7), atol=1e-6)


def test_labels_out_of_range_or_missing():
    gan = dense_improved_gan(2)
    gan.compile()
    with pytest.raises(ValueError, match=r"`y` must be in \[0, num_classes\).*out_of_range=\[3\], num_classes=3"):
        gan.fit(IMAGES, LABELS + 1, batch_size=4, verbose=0)
    with pytest.raises(ValueError, match="must be given labels"):
        gan.fit(IMAGES, batch_size=4, verbose=0)
    pixels = np.zeros((12, 2, 2, 1), np.uint8)
    images = Images("black", Split(pixels, np.arange(12) % 4), class_names=("a", "b", "c", "d"))
    with pytest.raises(ValueError, match=r"`labels` must be in \[0, num_classes\).*out_of_range=\[3\]"):
        gan.fit(images.training_batches(4), verbose=0)


def test_an_epoch_holds_a_batch_for_each_network():
    gan = dense_improved_gan()
    gan.compile()
    with pytest.raises(ValueError, match="An epoch must hold at least"):
        gan.fit(IMAGES, batch_size=12, verbose=0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ImprovedGAN(dense_generator(), dense_discriminator()), 'must have an output "features"'),
        (
            lambda: ImprovedGAN(dense_generator(), linear_discriminator(), num_data_classes=3),
            'must have an output "class_logits"',
        ),
        (
            lambda: ImprovedGAN(dense_generator(), linear_discriminator(4), num_data_classes=3),
            'must have an output "class_logits" with one logit per class',
        ),
        (
            lambda: ImprovedGAN(dense_generator(), linear_discriminator(), num_classes=3),
            "generator is unconditional.*give `num_data_classes`",
        ),
        (lambda: linear_gan(feature_distance="euclidean"), "`feature_distance` must be one of 'absolute', 'squared'"),
        (lambda: linear_gan(3, unlabelled_weight=0.0), "`unlabelled_weight` must be above 0 and finite"),
        (lambda: linear_gan(3, unlabelled_weight=float("inf")), "`unlabelled_weight` must be above 0 and finite"),
        (lambda: linear_gan().class_probs(IMAGES), "Only a semi-supervised ImprovedGAN knows classes"),
        (lambda: linear_gan(3).class_probs(IMAGES, batch_size=0), "`batch_size` must be above 0"),
        (lambda: linear_gan(3).class_probs(to_uint8(IMAGES)), r"`images` must be float in \[-1, 1\].*dtype='uint8'"),
        (lambda: linear_gan(3).class_probs(127 * IMAGES), r"`images` must be in \[-1, 1\]"),
        (lambda: linear_gan(3).class_probs(IMAGES[:, :1]), "`images` must have the shape"),
        (lambda: ImprovedGAN.for_images(described(), network="resnet"), "`network` must be one of 'conv', 'dense'"),
        (lambda: ImprovedGAN.for_images(described(), network="dense", norm="none"), "`norm` and `num_filters` are for"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_the_base_takes_the_networks_too():
    gan = GAN(dense_gan().generator, linear_discriminator(3))
    gan.compile(run_eagerly=True)
    gan.fit(IMAGES, batch_size=4, verbose=0)
    assert gan.num_steps.numpy() == 3
