"""A network that no training moves."""

from typing import Any, Self

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="tfgan_suite")
class Frozen(keras.layers.Layer):
    """Another network in inference mode, whose weights and moving statistics stay bit for bit as they are.

    It stays frozen when `trainable` of a model that it is part of is set. Gradients pass through it to its inputs.
    These reach the network as they come, not cast to the precision of this layer: the network's layers have their own.

    Args:
        network: `keras.Model`, which becomes part of this layer and is no longer trainable itself; give a copy
            (`keras.models.clone_model`) of one that is to be trained elsewhere.
        **kwargs: as for every Keras layer.
    """

    def __init__(self, network: keras.Model, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "trainable": False, "autocast": False})
        network.trainable = False
        self.network = network

    @property
    def trainable(self) -> bool:
        return False

    @trainable.setter
    def trainable(self, value: bool) -> None:
        """Nothing: what is frozen stays so."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """The network's outputs in inference mode."""
        return self.network(inputs, training=False)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return self.network.compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "network": keras.saving.serialize_keras_object(self.network)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**{**config, "network": keras.saving.deserialize_keras_object(config["network"])})
