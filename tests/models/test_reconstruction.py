import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from linear_gans import LATENT_DIM, SIZE, linear_gan, shuffled_pixels

from tfgan_suite.core.images import to_uint8
from tfgan_suite.metrics.embedders.feature_distance import FeatureDistance
from tfgan_suite.models import GAN
from tfgan_suite.models.latent_search import LatentSearch
from tfgan_suite.models.reconstruction import reconstruct
from tfgan_suite.models.sampling import sample_inputs
from tfgan_suite.networks.inversion import inversion_encoder


def small_encoder(num_classes=None, **kwargs):
    return inversion_encoder((SIZE, SIZE, 1), LATENT_DIM, num_classes, feature_dims=8, num_filters=2, **kwargs)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("num_classes", [None, 3])
def test_what_the_generator_can_make_is_told_from_what_it_cannot(seed, num_classes):
    gan = linear_gan(seed, num_classes)
    images = gan.sample(16, seed=100 + seed)
    both = reconstruct(gan, np.concatenate([images, shuffled_pixels(images, seed)]), num_steps=200)
    found = both.pixel_distance[:16] < 0.01
    # All without labels. With labels, a start of a wrong one stays wrong: of seeds 0 to 2, one image of 48.
    assert found.sum() >= (16 if num_classes is None else 14)
    assert both.pixel_distance[16:].min() > 0.05
    np.testing.assert_allclose(both.images[:16][found], images[found], atol=0.1)
    latents, labels = sample_inputs(gan, 16, None, 100 + seed)
    np.testing.assert_allclose(both.latents[:16][found], latents.numpy()[found], atol=0.1)
    if num_classes is None:
        assert both.labels is None
    else:
        np.testing.assert_array_equal(both.labels[:16] == labels.numpy(), found)
    assert (both.feature_distance, both.distance_name) == (None, None)


def test_rows_do_not_depend_on_the_batch():
    gan = linear_gan()
    encoder, images = small_encoder(), gan.sample(5, seed=3)
    together = reconstruct(gan, images, encoder, num_steps=60)
    apart = reconstruct(gan, images, encoder, num_steps=60, batch_size=2)  # the last batch is short
    for name in ("images", "pixel_distance", "feature_distance"):
        np.testing.assert_allclose(getattr(apart, name), getattr(together, name), atol=1e-5)
    alone = reconstruct(gan, images[:1], encoder, num_steps=60)
    np.testing.assert_allclose(alone.images[0], together.images[0], atol=1e-5)


def test_the_same_call_gives_the_same_bits():
    gan, rng = linear_gan(num_classes=2), np.random.default_rng(0)
    images = rng.integers(0, 256, (4, SIZE, SIZE, 1), np.uint8)
    first, second, other = (reconstruct(gan, images, num_steps=5, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.latents, second.latents)
    np.testing.assert_array_equal(first.images, second.images)
    assert np.abs(first.latents - other.latents).max() > 1e-3


def test_the_result_is_what_it_says():
    """Images are the generator's of the latents and labels; distances by hand; the averaged weights are taken."""
    gan = linear_gan(num_classes=3, average_decay=0.5)
    gan.generator.set_weights([weight + 0.3 for weight in gan.generator.get_weights()])  # the averages stay
    encoder, images = small_encoder(3), gan.sample(6, seed=1)
    found = reconstruct(gan, to_uint8(images), encoder, num_steps=4)
    inputs = (tf.constant(found.latents), tf.constant(found.labels))
    np.testing.assert_allclose(found.images, gan.inference(inputs), atol=1e-6)
    assert np.abs(found.images - gan.generate(*inputs, training=False)).max() > 0.05
    rounded = to_uint8(images) / 127.5 - 1
    np.testing.assert_allclose(found.pixel_distance, np.abs(found.images - rounded).mean(axis=(1, 2, 3)), atol=1e-6)
    a, b = (np.float64(encoder(np.float32(batch))["features"]) for batch in (found.images, rounded))
    np.testing.assert_allclose(found.feature_distance, ((a - b) ** 2).sum(axis=1), rtol=1e-4, atol=1e-6)
    assert found.distance_name == "squared distance of the encoder's features"
    np.testing.assert_array_equal(found.labels, encoder(np.float32(rounded))["class_logits"].numpy().argmax(axis=1))
    start = reconstruct(gan, to_uint8(images), encoder, num_steps=0)
    np.testing.assert_allclose(start.latents, encoder(np.float32(rounded))["latents"], atol=1e-5)


def test_never_worse_than_the_start():
    gan, encoder = linear_gan(), small_encoder()
    images = gan.sample(8, seed=2)
    start = reconstruct(gan, images, encoder, num_steps=0, feature_weight=0.0)
    wild = reconstruct(gan, images, encoder, num_steps=3, feature_weight=0.0, learning_rate=1000.0)
    assert (wild.pixel_distance <= start.pixel_distance + 1e-7).all()
    unmoved = wild.pixel_distance == start.pixel_distance
    assert unmoved.any()
    np.testing.assert_array_equal(wild.latents[unmoved], start.latents[unmoved])


def mean_distance():
    """The squared difference of the images' means, 16 values each."""
    return FeatureDistance(
        "means",
        lambda images: [tf.reduce_mean(images, axis=(1, 2, 3))],
        lambda a, b: tf.math.squared_difference(a[0], b[0]),
    )


def test_the_steps_are_those_of_adam_on_the_equation():
    gan, rate, steps, weight = linear_gan(), 0.1, 6, 20.0
    images = shuffled_pixels(gan.sample(2, seed=5))
    start = np.float32([[0.1, 0.2, -0.3], [0.5, 0.0, 0.4]])
    variable = keras.Variable(start)
    schedule = keras.optimizers.schedules.CosineDecay(rate, steps)
    adam = keras.optimizers.Adam(schedule, epsilon=1e-8)
    path = []
    for _ in range(steps + 1):
        with tf.GradientTape() as tape:
            made = gan.generate(variable.value, None, training=False)
            means = tf.reduce_mean(made, axis=(1, 2, 3)) - images.mean(axis=(1, 2, 3))
            losses = tf.reduce_sum(tf.abs(made - images), axis=(1, 2, 3)) + weight * means**2
        path.append((losses.numpy(), variable.numpy().copy()))
        adam.apply([tape.gradient(losses, variable.value)], [variable])
    losses, latents = map(np.array, zip(*path, strict=True))
    best = losses.argmin(axis=0)
    search = LatentSearch(gan, mean_distance(), weight, steps, rate)
    found, made, pixels, distances = search.run(images, start, None)
    np.testing.assert_allclose(found, latents[best, [0, 1]], atol=1e-5)
    assert best.max() > 0
    np.testing.assert_allclose(16 * pixels + weight * distances, losses.min(axis=0), rtol=1e-5)
    np.testing.assert_allclose(made, gan.inference(tf.constant(found)), atol=1e-6)


def test_a_distance_given_takes_the_place_of_the_encoders():
    gan, encoder = linear_gan(), small_encoder()
    images = shuffled_pixels(gan.sample(4, seed=6))
    without, heavy = (
        reconstruct(gan, images, encoder, feature_distance=mean_distance(), feature_weight=weight, num_steps=100)
        for weight in (0.0, 1e4)
    )
    assert heavy.distance_name == "means"
    assert (heavy.feature_distance < 0.1 * without.feature_distance).all()
    assert (heavy.pixel_distance > without.pixel_distance).all()


def test_points_are_reconstructed_without_an_encoder():
    latents = keras.Input((2,), name="latents")
    generator = keras.Model(latents, layers.Dense(2)(latents))
    points = keras.Input((2,), name="points")
    gan = GAN(generator, keras.Model(points, layers.Dense(1)(points)))
    targets = np.float64([[3.0, -2.0], [0.0, 1.5], [0.2, 0.1]])
    found = reconstruct(gan, targets, num_steps=300)
    np.testing.assert_allclose(found.images, targets, atol=0.02)


def test_progress_counts_the_steps_of_all_batches():
    calls = []
    images = np.zeros((5, SIZE, SIZE, 1), np.float32)
    options = {"batch_size": 2, "num_steps": 60, "progress": lambda *call: calls.append(call)}
    found = reconstruct(linear_gan(), images, **options)
    assert calls == [(done, 180) for done in (50, 60, 110, 120, 170, 180)]
    assert len(found.images) == len(found.latents) == len(found.pixel_distance) == 5


def test_what_is_not_finite_ends_it():
    gan = linear_gan()
    encoder, images = small_encoder(), gan.sample(2)
    gan.generator.set_weights([np.full((LATENT_DIM, SIZE**2), np.nan)])
    with pytest.raises(FloatingPointError, match=r"not finite by step 49 of 70 \(learning rate 0.05 at the start\)"):
        reconstruct(gan, images, encoder, num_steps=70)


@pytest.mark.parametrize(
    ("images", "sentence"),
    [
        (np.zeros((2, 5, 4, 1), np.float32), r"`images` must have the generator's shape \[N, 4, 4, 1\], N at least 1"),
        (np.zeros((0, 4, 4, 1), np.float32), "N at least 1"),
        (np.zeros((4, 4, 1), np.float32), "must have the generator's shape"),
        (np.zeros((2, 4, 4, 1), np.int32), "`images` must be uint8 in 0..255 or floats"),
        (np.full((2, 4, 4, 1), 200.0), r"must be finite, and in \[-1, 1\] unless they are points. Received: .*=200.0"),
        (np.full((2, 4, 4, 1), np.nan), "must be finite"),
    ],
)
def test_images_that_do_not_fit_are_refused(images, sentence):
    with pytest.raises(ValueError, match=sentence):
        reconstruct(linear_gan(), images)


@pytest.mark.parametrize(
    ("num_classes", "image_shape", "latent_dim", "encoder_classes"),
    [
        (None, (SIZE, SIZE, 1), LATENT_DIM + 1, None),
        (None, (SIZE, SIZE + 1, 1), LATENT_DIM, None),
        (None, (SIZE, SIZE, 1), LATENT_DIM, 3),
        (3, (SIZE, SIZE, 1), LATENT_DIM, None),
        (3, (SIZE, SIZE, 1), LATENT_DIM, 4),
    ],
)
def test_encoders_of_another_gan_are_refused(num_classes, image_shape, latent_dim, encoder_classes):
    encoder = inversion_encoder(image_shape, latent_dim, encoder_classes, feature_dims=2, num_filters=1)
    with pytest.raises(
        ValueError, match="`encoder` must be one that `train_encoder` made for a GAN of this image shape"
    ):
        reconstruct(linear_gan(num_classes=num_classes), np.zeros((1, SIZE, SIZE, 1), np.float32), encoder)


def test_a_network_that_is_no_encoder_is_refused():
    network = keras.Sequential([keras.Input((SIZE, SIZE, 1)), layers.Flatten()])
    with pytest.raises(ValueError, match="`encoder` must be one that `train_encoder` made"):
        reconstruct(linear_gan(), np.zeros((1, SIZE, SIZE, 1), np.float32), network)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"num_steps": -1}, "`num_steps` must be at least 0"),
        ({"batch_size": 0}, "`batch_size` must be above 0"),
        ({"learning_rate": 0.0}, "`learning_rate` must be above 0"),
        ({"feature_weight": -1.0}, "`feature_weight` must be a finite number of at least 0"),
        ({"feature_weight": np.inf}, "`feature_weight` must be a finite number"),
        ({"num_starts": 2}, "`num_starts` must be at least 1, and at least the number of labels"),
    ],
)
def test_numbers_out_of_range_are_refused(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        reconstruct(linear_gan(num_classes=3), np.zeros((1, SIZE, SIZE, 1), np.float32), **options)
