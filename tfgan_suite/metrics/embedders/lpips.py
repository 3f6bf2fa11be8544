"""LPIPS, the learned perceptual distance of image patches, from weights that the user brings as one .npz file."""

import dataclasses
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require
from tfgan_suite.metrics.embedders.feature_distance import FeatureDistance, Features, unit_feature_distance

_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
_MIN_PX = {"alex": 31, "vgg": 16}  # what leaves the last layer one place


@dataclasses.dataclass(frozen=True)
class _Convolution:
    """With bias and ReLU; `index` counts PyTorch's layers of the network, from 0."""

    index: int
    filters: int
    kernel_size: int = 3
    stride: int = 1


@dataclasses.dataclass(frozen=True)
class _Slice:
    """Convolutions between two compared maps; before them the largest of `pool_size` squared places, stride 2."""

    pool_size: int | None
    convolutions: tuple[_Convolution, ...]


_NETWORKS = {
    "alex": (
        _Slice(None, (_Convolution(0, 64, 11, 4),)),
        _Slice(3, (_Convolution(3, 192, 5),)),
        _Slice(3, (_Convolution(6, 384),)),
        _Slice(None, (_Convolution(8, 256),)),
        _Slice(None, (_Convolution(10, 256),)),
    ),
    "vgg": (
        _Slice(None, (_Convolution(0, 64), _Convolution(2, 64))),
        _Slice(2, (_Convolution(5, 128), _Convolution(7, 128))),
        _Slice(2, (_Convolution(10, 256), _Convolution(12, 256), _Convolution(14, 256))),
        _Slice(2, (_Convolution(17, 512), _Convolution(19, 512), _Convolution(21, 512))),
        _Slice(2, (_Convolution(24, 512), _Convolution(26, 512), _Convolution(28, 512))),
    ),
}


def load_lpips(path: str | os.PathLike) -> FeatureDistance:
    """LPIPS version 0.1 (Zhang et al. 2018, "The Unreasonable Effectiveness of Deep Features", eq. 1).

    Maps of AlexNet or VGG16 after five ReLUs, at unit length over the channels, squared differences weighted by learned
    weights, averaged over places, summed over layers. The weights are not part of this project. With the authors'
    PyTorch package `lpips` they become a file in one line:

        np.savez("lpips_alex.npz", **{k: v.numpy() for k, v in lpips.LPIPS(net="alex").state_dict().items()})

    Args:
        path: .npz with the names and shapes of that state: "net.slice1.0.weight" float [64, 3, 11, 11] (out, in,
            height, width), "net.slice1.0.bias" [64], and so on for every convolution, and "lin0.model.1.weight"
            [1, 64, 1, 1] to "lin4.model.1.weight". Other names are not looked at. The shape of the first tells AlexNet
            from VGG16.

    Returns:
        The distance, named "LPIPS (alex)" or "LPIPS (vgg)". It takes float images in [-1, 1] with 3 channels, or 1,
        which is repeated; AlexNet at least 31 pixels a side, VGG16 16.

    Raises:
        ValueError: no such file, a damaged one, missing names, other shapes, or negative weights of channels; when
            called, images that are too small or of another number of channels.

    Direction: lower is better.
    Cost: 0.2 (AlexNet) or 5 (VGG16) billion multiplications per image of 128x128.
    Known failings: it was learned on patches of 64x64; the authors' own code takes smaller ones, where its last maps
    have few places.
    """
    arrays = _read(Path(path).expanduser())
    first = arrays.get("net.slice1.0.weight")
    net = {(64, 3, 11, 11): "alex", (64, 3, 3, 3): "vgg"}.get(None if first is None else first.shape)
    require(
        net is not None,
        "the LPIPS file must hold `net.slice1.0.weight` of AlexNet [64, 3, 11, 11] or VGG16 [64, 3, 3, 3]",
        "See `load_lpips` for how to write it.",
        path=str(path),
        shape=None if first is None else first.shape,
    )
    weights = _checked_weights(arrays, net)
    heads = [weights[f"lin{index}.model.1.weight"][0, :, 0, 0] for index in range(len(_NETWORKS[net]))]
    require(
        min(head.min() for head in heads) >= 0,
        "the channels' weights (`lin0.model.1.weight` and on) must be at least 0",
        path=str(path),
    )
    constants = {
        name: tf.constant(value.transpose(2, 3, 1, 0) if name.endswith("weight") else value)  # (height, width, in, out)
        for name, value in weights.items()
        if name.startswith("net.")
    }
    return FeatureDistance(
        f"LPIPS ({net})",
        lambda images: _maps(images, net, constants),
        lambda a, b: unit_feature_distance(a, b, heads),
    )


def _read(path: Path) -> dict[str, np.ndarray]:
    require(path.is_file(), "the LPIPS file must be an existing .npz file", path=str(path))
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise ValueError(f"the LPIPS file {path} cannot be read: {error}") from error


def _checked_weights(arrays: Mapping[str, np.ndarray], net: str) -> dict[str, np.ndarray]:
    """float32 arrays of every name that the network has."""
    shapes: dict[str, tuple[int, ...]] = {}
    channels = 3
    for number, part in enumerate(_NETWORKS[net]):
        for layer in part.convolutions:
            shape = (layer.filters, channels, layer.kernel_size, layer.kernel_size)
            shapes |= {f"net.slice{number + 1}.{layer.index}.weight": shape}
            shapes |= {f"net.slice{number + 1}.{layer.index}.bias": (layer.filters,)}
            channels = layer.filters
        shapes |= {f"lin{number}.model.1.weight": (1, channels, 1, 1)}
    for name, shape in shapes.items():
        found = arrays.get(name)
        require(
            found is not None and found.shape == shape and bool(np.isfinite(found).all()),
            f"the LPIPS file must hold `{name}`, finite floats of shape {shape}",
            "See `load_lpips` for how to write it.",
            shape=None if found is None else found.shape,
        )
    return {name: arrays[name].astype(np.float32) for name in shapes}


def _maps(images: tf.Tensor, net: str, weights: Mapping[str, tf.Tensor]) -> Features:
    """The maps that are compared, of images in [-1, 1]."""
    height, width, channels = images.shape[1:]
    require(
        channels in (1, 3) and min(height, width) >= _MIN_PX[net],
        f"LPIPS ({net}) takes images of at least {_MIN_PX[net]}x{_MIN_PX[net]} pixels with 1 or 3 channels",
        "Take the distance of another network (`network_distance`), or larger images.",
        image_shape=(height, width, channels),
    )
    hidden = (tf.cast(images, tf.float32) - _SHIFT) / _SCALE  # one channel becomes three
    maps = []
    for number, part in enumerate(_NETWORKS[net]):
        if part.pool_size is not None:
            hidden = tf.nn.max_pool2d(hidden, part.pool_size, 2, "VALID")
        for layer in part.convolutions:
            pad = 2 if layer.kernel_size == 11 else layer.kernel_size // 2
            name = f"net.slice{number + 1}.{layer.index}"
            padding = [[0, 0], [pad, pad], [pad, pad], [0, 0]]
            hidden = tf.nn.conv2d(hidden, weights[f"{name}.weight"], layer.stride, padding)
            hidden = tf.nn.relu(hidden + weights[f"{name}.bias"])
        maps.append(hidden)
    return maps
