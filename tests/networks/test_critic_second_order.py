"""Critics that are trained through a gradient penalty: its gradient against central differences, in float64."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from shared_checks import slope_by_gradient_and_by_differences

from tfgan_suite import networks
from tfgan_suite.losses import gradient_penalty

SHAPE, NUM_CLASSES = (16, 16, 2), 3
LABELS = tf.constant([1, 0, 2])

CRITICS = {
    "wgan_gp": lambda: networks.wgan_gp_discriminator(SHAPE, 3),
    "wgan_gp layer": lambda: networks.wgan_gp_discriminator(SHAPE, 3, norm="layer"),
    "cingan layer": lambda: networks.cingan_discriminator(SHAPE, NUM_CLASSES, 3),
    "cingan cin": lambda: networks.cingan_discriminator(SHAPE, NUM_CLASSES, 3, norm="cin"),
    "resnet": lambda: networks.resnet_discriminator(SHAPE, NUM_CLASSES, 3),
}


@pytest.mark.parametrize("name", CRITICS)
def test_penalty_gradient_equals_central_differences(name):
    keras.config.set_dtype_policy("float64")  # The fixture of all tests sets it back.
    network = CRITICS[name]()
    random = np.random.default_rng(0)
    real, fake = (tf.constant(random.normal(size=(3, *SHAPE))) for _ in range(2))
    mixing = tf.constant(random.uniform(size=3))

    def critic(images):
        outputs = network(images if len(network.inputs) == 1 else [images, LABELS], training=True)
        return outputs["logits"] if isinstance(outputs, dict) else outputs

    @tf.function
    def penalty():
        return gradient_penalty(critic, real, fake, mixing)

    # The class head and the last bias do not enter the gradient of the logits.
    unused = ("class_logits/kernel", "class_logits/bias", "logits/bias")
    variables = [variable.value for variable in network.trainable_variables if variable.path not in unused]
    directions = [random.normal(size=variable.shape) for variable in variables]
    for variable, direction in zip(variables, directions, strict=True):
        variable.assign_add(0.1 * direction)  # Biases of 0 would put dead maps exactly on the kink of the ReLU.
    analytic, numeric = slope_by_gradient_and_by_differences(penalty, variables, directions)
    np.testing.assert_allclose(analytic, numeric, rtol=1e-5)
