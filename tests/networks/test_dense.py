"""The dense networks of the smooth-to-sharp thesis: weights by hand, shapes, ranges, refusals."""

import numpy as np
import pytest

from tfgan_suite.networks import dense_discriminator, dense_generator


@pytest.mark.parametrize(
    ("shape", "latent_dim", "hidden", "generator_count", "discriminator_count"),
    [
        ((28, 28, 1), 2, (64,), 2 * 64 + 64 + 64 * 784 + 784, 784 * 64 + 64 + 64 + 1),
        ((48, 48, 1), 2, (64,), 2 * 64 + 64 + 64 * 2304 + 2304, 2304 * 64 + 64 + 64 + 1),
        ((28, 28, 1), 4, (128,), 4 * 128 + 128 + 128 * 784 + 784, 784 * 128 + 128 + 128 + 1),
        ((1,), 1, (16,), 16 + 16 + 16 + 1, 16 + 16 + 16 + 1),
    ],
    ids=["28", "48", "two spheres", "numbers"],
)
def test_number_of_weights(shape, latent_dim, hidden, generator_count, discriminator_count):
    generator = dense_generator(shape, latent_dim, hidden)
    discriminator = dense_discriminator(shape, hidden)
    assert (generator.count_params(), discriminator.count_params()) == (generator_count, discriminator_count)
    outputs = generator(np.zeros((3, latent_dim), np.float32))
    assert outputs.shape == (3, *shape)
    assert discriminator(outputs).shape == (3, 1)
    assert discriminator.get_layer("features").output.shape == (None, hidden[-1])


def test_the_networks_of_mnist():
    generator = dense_generator((28, 28, 1), 48, (512, 512))
    assert generator.count_params() == 48 * 512 + 512 + 512 * 512 + 512 + 512 * 784 + 784
    discriminator = dense_discriminator((28, 28, 1), (128, 128))
    assert discriminator.count_params() == 784 * 128 + 128 + 128 * 128 + 128 + 128 + 1


@pytest.mark.parametrize(("activation", "low", "high"), [("sigmoid", 0, 1), ("tanh", -1, 1), (None, -np.inf, np.inf)])
def test_range_of_the_outputs(activation, low, high):
    generator = dense_generator((4, 4, 1), 2, (8,), activation)
    outputs = generator(100 * np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)).numpy()
    assert outputs.min() >= low
    assert outputs.max() <= high
    assert outputs.min() < {"sigmoid": 0.5, "tanh": 0.0, None: -1}[activation]
    assert outputs.max() > {"sigmoid": 0.5, "tanh": 0.0, None: 1}[activation]


@pytest.mark.parametrize("shape", [(), (0, 28, 1)])
def test_a_shape_of_nothing(shape):
    with pytest.raises(ValueError, match=r"shape|units"):
        dense_generator(shape)


def test_no_hidden_layer():
    with pytest.raises(ValueError, match="hidden layer"):
        dense_discriminator((28, 28, 1), ())


@pytest.mark.parametrize("network", ["generator", "discriminator"])
def test_start_values(network):
    def build(init):
        return (
            dense_generator((28, 28, 1), 100, (400,), init=init)
            if network == "generator"
            else dense_discriminator((28, 28, 1), (400,), init=init)
        )

    for layer in (layer for layer in build("torch").layers if layer.weights):
        kernel, bias = layer.get_weights()
        bound = 1 / np.sqrt(len(kernel))  # PyTorch: U(-1/sqrt(fan_in), 1/sqrt(fan_in)) for both
        for values in (kernel, bias):
            assert np.abs(values).max() <= bound
        assert kernel.std() == pytest.approx(bound / np.sqrt(3), rel=0.1)
        assert np.abs(bias).max() > 0
    for layer in (layer for layer in build("keras").layers if layer.weights):
        kernel, bias = layer.get_weights()
        assert kernel.std() == pytest.approx(np.sqrt(2 / sum(kernel.shape)), rel=0.1)
        assert not bias.any()


def test_unknown_start_values():
    with pytest.raises(ValueError, match="init"):
        dense_generator((4, 4, 1), init="he")
