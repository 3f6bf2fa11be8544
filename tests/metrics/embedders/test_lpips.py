"""LPIPS with random weights against the same arithmetic in NumPy. The published weights are not at hand here."""

import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.metrics.embedders.lpips import load_lpips

# (slice, index, filters, kernel size, stride, padding) as in torchvision's `features`; then the pooling before a slice.
ALEX = [(1, 0, 64, 11, 4, 2), (2, 3, 192, 5, 1, 2), (3, 6, 384, 3, 1, 1), (4, 8, 256, 3, 1, 1), (5, 10, 256, 3, 1, 1)]
VGG = [
    (number, index, filters, 3, 1, 1)
    for number, filters, indices in (
        (1, 64, (0, 2)),
        (2, 128, (5, 7)),
        (3, 256, (10, 12, 14)),
        (4, 512, (17, 19, 21)),
        (5, 512, (24, 26, 28)),
    )
    for index in indices
]
NETS = {"alex": (ALEX, {2: 3, 3: 3}), "vgg": (VGG, {2: 2, 3: 2, 4: 2, 5: 2})}


def random_weights(net):
    rng, channels, arrays = np.random.default_rng(0), 3, {}
    for number, index, filters, size, _, _ in NETS[net][0]:
        spread = np.float32(np.sqrt(2 / (channels * size**2)))
        kernel = rng.standard_normal((filters, channels, size, size), np.float32) * spread
        arrays[f"net.slice{number}.{index}.weight"] = kernel
        arrays[f"net.slice{number}.{index}.bias"] = rng.standard_normal(filters, np.float32) / 10
        arrays[f"lin{number - 1}.model.1.weight"] = rng.random((1, filters, 1, 1), np.float32)
        channels = filters
    return arrays


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A function that writes the random weights of a network, once, and gives them and the path."""
    found = {}

    def save(net):
        if net not in found:
            path = tmp_path_factory.mktemp("lpips") / f"{net}.npz"
            arrays = random_weights(net)
            np.savez(path, **arrays, **{"scaling_layer.shift": np.zeros(3)})
            found[net] = arrays, path
        return found[net]

    return save


def windows(values, size, stride):
    """[H, W, C] -> [h, w, C, size, size]."""
    return np.lib.stride_tricks.sliding_window_view(values, (size, size), axis=(0, 1))[::stride, ::stride]


def numpy_maps(image, net, arrays):
    hidden = (image.astype(np.float64) - [-0.030, -0.088, -0.188]) / [0.458, 0.448, 0.450]
    maps, pooled = {}, set()
    for number, index, _, size, stride, padding in NETS[net][0]:
        pool = NETS[net][1].get(number)
        if pool and number not in pooled:
            pooled.add(number)
            hidden = windows(hidden, pool, 2).max(axis=(-2, -1))
        hidden = windows(np.pad(hidden, ((padding, padding), (padding, padding), (0, 0))), size, stride)
        hidden = np.tensordot(hidden, arrays[f"net.slice{number}.{index}.weight"], ((2, 3, 4), (1, 2, 3)))
        hidden = np.maximum(hidden + arrays[f"net.slice{number}.{index}.bias"], 0)
        maps[number] = hidden  # the last of the slice stays
    return [maps[number] for number in range(1, 6)]


def numpy_lpips(a, b, net, arrays):
    total = 0.0
    for index, pair in enumerate(zip(numpy_maps(a, net, arrays), numpy_maps(b, net, arrays), strict=True)):
        first, second = (values / (np.linalg.norm(values, axis=-1, keepdims=True) + 1e-10) for values in pair)
        weights = arrays[f"lin{index}.model.1.weight"].reshape(-1)
        total += ((first - second) ** 2 @ weights).mean()
    return total


@pytest.mark.parametrize(("net", "shape"), [("alex", (31, 35, 3)), ("alex", (32, 32, 1)), ("vgg", (16, 19, 3))])
def test_against_numpy(net, shape, saved):
    arrays, path = saved(net)
    rng = np.random.default_rng(3)
    count = 1 if net == "vgg" else 2
    images, others = rng.uniform(-1, 1, (2, count, *shape)).astype(np.float32)
    distance = load_lpips(path)
    assert distance.name == f"LPIPS ({net})"
    colour = [np.broadcast_to(batch, (count, *shape[:2], 3)) for batch in (images, others)]
    expected = [numpy_lpips(a, b, net, arrays) for a, b in zip(*colour, strict=True)]
    assert min(expected) > 0.01
    np.testing.assert_allclose(distance.measure(images, others), expected, rtol=1e-4)
    np.testing.assert_allclose(distance.measure(images, images), 0, atol=1e-9)


def test_gradients_are_finite_for_equal_and_for_flat_images(saved):
    distance = load_lpips(saved("alex")[1])
    for images in (tf.zeros((1, 32, 32, 3)), tf.ones((1, 32, 32, 3))):
        with tf.GradientTape() as tape:
            tape.watch(images)
            value = distance(images, tf.zeros((1, 32, 32, 3)))
        assert np.isfinite(tape.gradient(value, images)).all()


def test_small_images_and_other_channels_are_refused(saved):
    distance = load_lpips(saved("alex")[1])
    for shape in ((1, 30, 40, 3), (1, 40, 40, 2)):
        with pytest.raises(
            ValueError, match=r"LPIPS \(alex\) takes images of at least 31x31 pixels with 1 or 3 channels"
        ):
            distance(tf.zeros(shape), tf.zeros(shape))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"net.slice1.0.weight": None}, r"the LPIPS file must hold `net.slice1.0.weight` of AlexNet"),
        ({"net.slice1.0.weight": np.zeros((2, 3, 11, 11))}, r"Received: path=.*, shape=\(2, 3, 11, 11\)"),
        ({"net.slice3.6.bias": None}, r"must hold `net.slice3.6.bias`, finite floats of shape \(384,\)"),
        ({"lin4.model.1.weight": np.zeros((1, 255, 1, 1))}, r"`lin4.model.1.weight`.*Received: shape=\(1, 255, 1, 1\)"),
        ({"net.slice2.3.bias": np.full(192, np.nan)}, "must hold `net.slice2.3.bias`, finite"),
        ({"lin0.model.1.weight": np.full((1, 64, 1, 1), -1.0)}, "must be at least 0"),
    ],
)
def test_files_that_do_not_fit_are_refused(change, sentence, tmp_path, saved):
    arrays = {**saved("alex")[0], **change}
    np.savez(tmp_path / "l.npz", **{name: value for name, value in arrays.items() if value is not None})
    with pytest.raises(ValueError, match=sentence):
        load_lpips(tmp_path / "l.npz")


def test_no_file_and_a_damaged_one(tmp_path):
    with pytest.raises(ValueError, match=r"the LPIPS file must be an existing \.npz file"):
        load_lpips(tmp_path / "none.npz")
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(ValueError, match="cannot be read"):
        load_lpips(tmp_path / "bad.npz")
    np.save(tmp_path / "one.npy", np.zeros(3))
    with pytest.raises(ValueError, match="cannot be read"):
        load_lpips(tmp_path / "one.npy")
