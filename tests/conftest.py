"""Two logical CPU devices for the tests of replicas; must be asked for before TensorFlow makes its devices."""

import tensorflow as tf

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)
