"""An exponential moving average of a network's weights, to draw samples from."""

from typing import Any

import keras
import tensorflow as tf


class AveragedWeights(keras.layers.Layer):
    """Keeps `average = decay * average + (1 - decay) * weight` for each trainable weight of a network.

    The averages start as a copy of the weights. Weights that are not trained (moving statistics of batch normalisation)
    are used as they are, since they are averages already.
    """

    def __init__(self, network: keras.Model, decay: float) -> None:
        super().__init__(name="averaged_weights", trainable=False, dtype="float32")
        self.decay = decay
        self._network = [network]  # in a list, so that Keras does not count its weights twice
        self.averages = [
            self.add_weight(
                name=f"average_{index}",
                shape=weight.shape,
                initializer=lambda shape, dtype, value=weight: tf.cast(value.value, dtype),
                trainable=False,
                aggregation="only_first_replica",
            )
            for index, weight in enumerate(network.trainable_variables)
        ]
        self.built = True

    def restart(self) -> None:
        """Makes the averages a copy of the network's present weights."""
        for average, weight in zip(self.averages, self._network[0].trainable_variables, strict=True):
            average.assign(weight.value)

    def update(self) -> None:
        """Moves the averages towards the network's present weights."""
        for average, weight in zip(self.averages, self._network[0].trainable_variables, strict=True):
            average.assign(average.value + (1 - self.decay) * (weight.value - average.value))

    def call(self, inputs: Any) -> tf.Tensor:
        """The network's outputs in inference mode with the averages as its weights."""
        network = self._network[0]
        averages = [tf.convert_to_tensor(average) for average in self.averages]
        fixed = [tf.convert_to_tensor(variable) for variable in network.non_trainable_variables]
        outputs, _ = network.stateless_call(averages, fixed, inputs, training=False)
        return outputs
