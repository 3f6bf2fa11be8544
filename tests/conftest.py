"""For all tests: quiet TensorFlow, few threads, two logical CPUs, an own cache folder, Keras' defaults; a tiny GAN.

Nothing imports TensorFlow at the top: the process that hands tests to workers does not need it, and its start-up lines
would come after pytest's closing line there.
"""

import os

import numpy as np
import pytest

NUM_WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
THREADS = str(max(1, (os.cpu_count() or 1) // NUM_WORKERS))
NUM_CLASSES = 3

# TensorFlow and Keras read these while they are imported, which is after this.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", THREADS)
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "2")
os.environ.setdefault("OMP_NUM_THREADS", THREADS)
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # the workers share a GPU, where there is one
os.environ["KERAS_BACKEND"] = "tensorflow"


def pytest_collection(session):
    """Makes two logical CPUs, for the tests of replicas, before a test module can make TensorFlow make its devices.

    The first one is the default device, as it would be without the second.
    """
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    # One for all workers of this session, so that a classifier which several tests measure with is trained once.
    session = tmp_path_factory.getbasetemp()
    place = session.parent if "PYTEST_XDIST_WORKER" in os.environ else session
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFGAN_SUITE_CACHE", str(place / "cache"))
        yield


@pytest.fixture(autouse=True)
def _keras_defaults():
    import keras

    keras.utils.set_random_seed(0)
    yield
    keras.config.set_dtype_policy("float32")


@pytest.fixture(scope="session")
def images():
    """`Images`: 48 for training, 12 for testing, 8 x 8 grey noise, three classes."""
    from tfgan_suite.data import Images, Split

    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (48, 8, 8, 1), np.uint8)
    labels = np.arange(48, dtype=np.int32) % NUM_CLASSES
    names = tuple("abc")
    return Images("noise", Split(pixels, labels), Split(pixels[:12], labels[:12]), names)


@pytest.fixture(scope="session")
def batches(images):
    """`TrainingBatches` of 8 of `images`."""
    return images.training_batches(8, seed=1)


@pytest.fixture(scope="session")
def make_gan(images):
    """Builds the same compiled CIN-GAN every time."""
    import keras

    from tfgan_suite.models import CINGAN

    def make(num_filters: int = 2, **kwargs) -> CINGAN:
        keras.utils.set_random_seed(0)
        gan = CINGAN.for_images(images, num_filters=num_filters, latent_dim=4, num_discriminator_steps=2, **kwargs)
        gan.compile()
        return gan

    return make
