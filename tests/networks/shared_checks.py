"""What tests of networks share: random inputs, and a gradient of a penalty against central differences."""

import numpy as np
import tensorflow as tf


def random_inputs(network, labels, seed=0):
    """Random values for every input of a network, `labels` for the one of that name; a list."""
    random = np.random.default_rng(seed)
    return [
        tf.constant(labels)
        if each.name == "labels"
        else tf.constant(random.normal(size=(len(labels), *each.shape[1:])), "float32")
        for each in network.inputs
    ]


def slope_by_gradient_and_by_differences(penalty, variables, directions):
    """The slope of `penalty()` along `directions` of the variables: by its gradient, and by central differences."""

    @tf.function
    def penalty_gradients():
        with tf.GradientTape() as tape:
            value = penalty()
        return tape.gradient(value, variables)

    analytic = sum(
        float(tf.reduce_sum(gradient * direction))
        for gradient, direction in zip(penalty_gradients(), directions, strict=True)
        if gradient is not None  # A bias behind which all is piecewise linear.
    )

    def shifted(step):
        for variable, direction in zip(variables, directions, strict=True):
            variable.assign_add(step * direction)
        return float(penalty())

    above, below = shifted(1e-7), shifted(-2e-7)
    return analytic, (above - below) / 2e-7
