"""What a train step lowers, against values worked by hand with tiny linear networks."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tfgan_suite.core.seeds import make_seed
from tfgan_suite.models import ACGAN, CINGAN, GAN, WGANGP

SHAPE = (2, 2, 1)
SEED = make_seed(0)
REAL = tf.reshape(tf.range(12, dtype=tf.float32), [3, *SHAPE]) / 12  # [12] -> [3, 2, 2, 1]


def constant_generator(value=0.5):
    """All pixels are `value`, whatever the latent; one weight, the bias of the only layer."""
    latents = keras.Input((1,))
    pixels = layers.Dense(4, kernel_initializer="zeros", bias_initializer=keras.initializers.Constant(value))(latents)
    return keras.Model(latents, layers.Reshape(SHAPE)(pixels))


def summing_critic(weight=2.0):
    """weight * (sum of the pixels)."""
    images = keras.Input(SHAPE)
    initializer = keras.initializers.Constant(weight)
    logits = layers.Dense(1, use_bias=False, kernel_initializer=initializer)(layers.Flatten()(images))
    return keras.Model(images, logits)


def classifying_critic(num_classes=2):
    """Logit 2 * sum of the pixels; class logits 0 for class 0 and 1 for class 1, whatever the image."""
    images = keras.Input(SHAPE)
    x = layers.Flatten()(images)
    logits = layers.Dense(1, use_bias=False, kernel_initializer=keras.initializers.Constant(2.0))(x)
    classes = layers.Dense(num_classes, kernel_initializer="zeros", name="classes")
    model = keras.Model(images, {"logits": logits, "class_logits": classes(x)})
    classes.bias.assign(np.arange(num_classes))
    return model


def sgd(rate=0.1):
    return {name: keras.optimizers.SGD(rate) for name in ("generator_optimizer", "discriminator_optimizer")}


def numbers(logs):
    return {key: float(value) for key, value in logs.items()}


REAL_LOGIT = float(2 * tf.reduce_sum(REAL) / 3)  # mean over the batch
FAKE_LOGIT = 2 * 4 * 0.5


def softplus(x):
    return np.log1p(np.exp(x))


def test_wgan_gp_losses():
    gan = WGANGP(constant_generator(), summing_critic(), num_discriminator_steps=1)
    gan.compile(**sgd())
    logs = numbers(gan.discriminator_step(REAL, None, SEED))
    assert logs == pytest.approx(
        {
            # The gradient of 2 * sum(x) is 2 in each of four pixels: norm 4, (4 - 1)^2 = 9 at every point.
            "gradient_penalty": 9.0,
            "wasserstein_estimate": REAL_LOGIT - FAKE_LOGIT,
            "d_loss": FAKE_LOGIT - REAL_LOGIT + 10 * 9.0,
        },
        rel=1e-5,
    )
    gan = WGANGP(constant_generator(), summing_critic())
    gan.compile(**sgd())
    assert numbers(gan.generator_step(tf.constant(3), SEED)) == pytest.approx({"g_loss": -FAKE_LOGIT}, rel=1e-6)
    # g_loss = -2 * sum(x) falls by 2 per unit of each pixel's bias.
    np.testing.assert_allclose(gan.generator.trainable_variables[1], 0.5 + 0.1 * 2, rtol=1e-6)


def test_discriminator_follows_the_gradient_of_loss_and_penalty():
    gan = WGANGP(constant_generator(), summing_critic())
    gan.compile(**sgd(0.01))
    gan.discriminator_step(REAL, None, SEED)
    # With w = 2 in each pixel: d(fake - real)/dw + 10 * d(2 |w| - 1)^2/dw, |w| = 4, d|w|/dw_i = w_i / |w| = 1/2.
    real_minus_fake = REAL.numpy().mean(0).ravel() - 0.5
    gradient = -real_minus_fake + 10 * 2 * (4 - 1) * 0.5
    np.testing.assert_allclose(gan.discriminator.trainable_variables[0][:, 0], 2 - 0.01 * gradient, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "d_loss", "g_loss"),
    [
        ("minimax", lambda real, fake: softplus(-real).mean() + softplus(fake), lambda fake: -softplus(fake)),
        ("non_saturating", lambda real, fake: softplus(-real).mean() + softplus(fake), lambda fake: softplus(-fake)),
        ("least_squares", lambda real, fake: ((real - 1) ** 2).mean() + fake**2, lambda fake: (fake - 1) ** 2),
        ("hinge", lambda real, fake: np.maximum(0, 1 - real).mean() + max(0, 1 + fake), lambda fake: -fake),
        ("wasserstein", lambda real, fake: fake - real.mean(), lambda fake: -fake),
    ],
)
def test_each_adversarial_loss_reaches_both_networks(name, d_loss, g_loss):
    def step_logs(method, *arguments):
        gan = GAN(constant_generator(0.1), summing_critic(0.5))
        gan.compile(**sgd(), adversarial_loss=name)
        return numbers(getattr(gan, method)(*arguments))

    real, fake = 0.5 * REAL.numpy().sum((1, 2, 3)), 0.5 * 4 * 0.1
    assert step_logs("discriminator_step", REAL, None, SEED)["d_loss"] == pytest.approx(d_loss(real, fake), rel=1e-5)
    assert step_logs("generator_step", tf.constant(3), SEED)["g_loss"] == pytest.approx(g_loss(fake), rel=1e-5)


def test_r1_and_l2_penalties():
    gan = GAN(constant_generator(), summing_critic())
    gan.compile(**sgd(), adversarial_loss="wasserstein", r1_weight=3.0, l2_weight=0.5)
    logs = numbers(gan.discriminator_step(REAL, None, SEED))
    assert logs["r1_penalty"] == pytest.approx(16)  # four pixels of slope 2
    assert logs["l2_penalty"] == pytest.approx(16)  # four weights of 2
    assert logs["d_loss"] == pytest.approx(FAKE_LOGIT - REAL_LOGIT + 3 * 16 + 0.5 * 16, rel=1e-5)
    gan = GAN(constant_generator(), summing_critic())
    gan.compile(**sgd(), adversarial_loss="wasserstein", l2_weight=0.5)
    # The generator's kernel is 0 and its four biases are 0.5.
    assert numbers(gan.generator_step(tf.constant(3), SEED))["g_loss"] == pytest.approx(-FAKE_LOGIT + 0.5 * 4 * 0.25)


# Cross-entropy of the class logits [0, 1].
CLASS_LOSSES = np.log(np.exp([0, 1]).sum()) - np.array([0, 1])


@pytest.mark.parametrize(
    ("model", "compile_arguments", "weights"),
    [
        (ACGAN, {"adversarial_loss": "wasserstein"}, (1, 1, 1)),
        (
            ACGAN,
            {
                "adversarial_loss": "wasserstein",
                "real_class_weight": 2.0,
                "fake_class_weight": 3.0,
                "generator_class_weight": 4.0,
            },
            (2, 3, 4),
        ),
        (CINGAN, {"gradient_penalty_weight": 0.0}, (1, 0, 0.1)),
    ],
    ids=["acgan", "acgan weights", "cingan"],
)
def test_class_losses_and_their_weights(model, compile_arguments, weights):
    labels = tf.constant([0, 1, 1])
    real_weight, fake_weight, generator_weight = weights

    def make():
        gan = model(constant_generator(), classifying_critic(), num_classes=2)
        gan.label_probs.assign([0.0, 1.0])  # all generated images are of class 1
        gan.compile(**sgd(), **compile_arguments)
        return gan

    logs = numbers(make().discriminator_step(REAL, labels, SEED))
    real_class_loss = CLASS_LOSSES[[0, 1, 1]].mean()
    assert logs["real_class_loss"] == pytest.approx(real_class_loss, rel=1e-5)
    class_loss = real_weight * real_class_loss + fake_weight * CLASS_LOSSES[1]
    assert logs["d_loss"] == pytest.approx(FAKE_LOGIT - REAL_LOGIT + class_loss, rel=1e-5)
    logs = numbers(make().generator_step(tf.constant(3), SEED))
    assert logs["fake_class_loss"] == pytest.approx(CLASS_LOSSES[1], rel=1e-5)
    assert logs["g_loss"] == pytest.approx(-FAKE_LOGIT + generator_weight * CLASS_LOSSES[1], rel=1e-5)


def test_cingan_has_the_constants_of_the_thesis():
    gan = CINGAN(constant_generator(), classifying_critic(), num_classes=2)
    gan.compile()
    assert (gan.num_discriminator_steps, gan.gradient_penalty_weight, gan.adversarial_loss.name) == (
        5,
        10,
        "wasserstein",
    )
    for optimizer in (gan.generator_optimizer, gan.discriminator_optimizer):
        assert [float(optimizer.learning_rate), optimizer.beta_1, optimizer.beta_2] == pytest.approx([1e-4, 0.5, 0.9])


def test_one_logit_per_class_is_picked_by_the_label():
    images = keras.Input(SHAPE)
    critic = keras.Model(images, layers.Dense(3, kernel_initializer="zeros")(layers.Flatten()(images)))
    critic.layers[-1].bias.assign([1.0, 2.0, 4.0])
    gan = GAN(constant_generator(), critic, num_classes=3)
    logits = gan.discriminate(REAL, tf.constant([2, 0, 1]), training=False)["logits"]
    np.testing.assert_array_equal(logits, [4, 1, 2])


def test_mixing_weights_are_uniform_between_0_and_1():
    gan = WGANGP(constant_generator(), summing_critic())
    gan.compile()
    points = []
    gan.discriminate = lambda images, labels, training: (
        points.append(images) or {"logits": tf.reduce_sum(images, [1, 2, 3])}
    )
    count = 2000
    gan.penalty(tf.zeros([count, *SHAPE]), tf.ones([count, *SHAPE]), None, SEED)
    weights = points[0].numpy()
    assert (weights == weights[:, :1, :1]).all()  # one weight per image
    assert weights.min() >= 0
    assert weights.max() <= 1
    # The Kolmogorov-Smirnov distance of 2,000 uniform draws is above 0.05 once in 10,000 times.
    distance = np.abs(np.sort(weights[:, 0, 0, 0]) - (np.arange(count) + 0.5) / count).max()
    assert distance < 0.05


def test_labels_of_generated_images_follow_the_data():
    def shares(counts, **kwargs):
        gan = GAN(constant_generator(), summing_critic(), num_classes=3, **kwargs)
        gan.set_label_counts(counts)
        drawn = gan.sample_labels(30_000, SEED).numpy()
        return np.bincount(drawn, minlength=3) / 30_000

    # Standard deviation of a share at most 0.003.
    np.testing.assert_allclose(shares([1, 0, 3]), [0.25, 0, 0.75], atol=0.015)
    np.testing.assert_allclose(shares([1, 0, 3], label_distribution="uniform"), [1 / 3] * 3, atol=0.015)


def test_acgan_networks_for_images():
    images = type("Described", (), {"image_shape": (8, 8, 1), "num_classes": 3})
    gan = ACGAN.for_images(images, latent_dim=5, num_filters=1)
    assert (gan.num_classes, gan.latent_dim, type(gan.prior).__name__) == (3, 5, "UniformPrior")
    gan.compile(**sgd())
    logs = numbers(gan.discriminator_step(tf.zeros([2, 8, 8, 1]), tf.constant([0, 2]), SEED))
    logs |= numbers(gan.generator_step(tf.constant(2), SEED))
    assert set(logs) == {"d_loss", "g_loss", "real_class_loss", "fake_class_loss"}
    # Fresh weights tell no class from another, nor real from fake.
    assert logs["real_class_loss"] == pytest.approx(np.log(3), abs=0.1)
    assert logs["d_loss"] == pytest.approx(2 * np.log(2) + 2 * np.log(3), abs=0.3)
