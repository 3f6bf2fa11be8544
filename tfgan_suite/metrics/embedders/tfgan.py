"""TF-GAN: the one place that imports it, and its Inception network as an embedder."""

import contextlib
import functools
import hashlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import packaging.version
import tensorflow as tf

from tfgan_suite.metrics.embedders.downloads import require_reachable
from tfgan_suite.metrics.embedders.saved_model import SavedModelEmbedder

INCEPTION_URL = "https://tfhub.dev/tensorflow/tfgan/eval/inception/1"
OTHER_EMBEDDERS = (
    "Pass `--embedder PATH` with a SavedModel on this machine, or `--embedder classifier` to train a small network "
    "on labelled data."
)
_PACKAGES = ("eval", "losses", "features")


class _EmptyPackage(importlib.abc.Loader):
    """Loads a package without running its `__init__`."""

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        """The default module."""

    def exec_module(self, module: types.ModuleType) -> None:
        """Runs nothing."""


@functools.cache
def load_tfgan() -> types.SimpleNamespace:
    """TF-GAN's `eval`, `losses` and `features` packages, as attributes of those names.

    `import tensorflow_gan` of TF-GAN 2.1.0 fails on TensorFlow 2.16 and later, where `tf.estimator` is gone. Then the
    three packages, which need none of it, are imported below empty parent packages; `sys.modules` is left as before.

    Raises:
        ImportError: TF-GAN is not installed, or none of its parts can be imported.
    """
    whole = _modules()["tensorflow_gan"]
    return types.SimpleNamespace(**{name: getattr(whole, name) for name in _PACKAGES})


@contextlib.contextmanager
def importable_tfgan() -> Iterator[types.ModuleType]:
    """For the length of the block, `import tensorflow_gan` finds what `load_tfgan` loaded, for code written against it.

    The module has `eval`, `losses`, `features` and the named tuples (`GANModel` and so on). After the block nothing of
    TF-GAN is left in `sys.modules` that was not there before.

    Raises:
        ImportError: as `load_tfgan`.
    """
    modules = _modules()
    before = {name: sys.modules[name] for name in _names_in_sys_modules()}
    sys.modules.update(modules)
    try:
        yield modules["tensorflow_gan"]
    finally:
        _forget_tfgan()
        sys.modules.update(before)


@functools.cache
def _modules() -> dict[str, types.ModuleType]:
    """TF-GAN's modules by name; those of the plain import where that works, and then they stay in `sys.modules`."""
    import_tensorflow_hub()
    try:
        whole = importlib.import_module("tensorflow_gan")
        if all(hasattr(whole, name) for name in _PACKAGES):
            return {name: sys.modules[name] for name in _names_in_sys_modules()}
    except (ImportError, AttributeError):
        pass
    _forget_tfgan()
    top = importlib.machinery.PathFinder.find_spec("tensorflow_gan")
    if top is None:
        raise ImportError("TF-GAN is not installed: pip install tensorflow-gan")
    root = Path(next(iter(top.submodule_search_locations)))
    try:
        whole = _add_empty_package("tensorflow_gan", root)
        _add_empty_package("tensorflow_gan.python", root / "python")
        tuples = importlib.import_module("tensorflow_gan.python.namedtuples")
        vars(whole).update({name: getattr(tuples, name) for name in tuples.__all__})
        for name in _PACKAGES:
            setattr(whole, name, importlib.import_module(f"tensorflow_gan.python.{name}"))
        return {name: sys.modules[name] for name in _names_in_sys_modules()}
    finally:
        _forget_tfgan()


def import_tensorflow_hub() -> types.ModuleType:
    """`tensorflow_hub`, also where `pkg_resources` is missing, of which it needs one function at its import.

    setuptools 82 dropped `pkg_resources`; TF-Hub 0.16.1 asks it for `parse_version`.
    """
    if importlib.util.find_spec("pkg_resources") is not None:
        return importlib.import_module("tensorflow_hub")
    stand_in = types.ModuleType("pkg_resources")
    stand_in.parse_version = packaging.version.Version
    sys.modules["pkg_resources"] = stand_in
    try:
        return importlib.import_module("tensorflow_hub")
    finally:
        del sys.modules["pkg_resources"]


def _add_empty_package(name: str, folder: Path) -> types.ModuleType:
    spec = importlib.machinery.ModuleSpec(name, _EmptyPackage(), is_package=True)
    spec.submodule_search_locations = [str(folder)]
    sys.modules[name] = importlib.util.module_from_spec(spec)
    return sys.modules[name]


def _names_in_sys_modules() -> list[str]:
    return [name for name in sys.modules if name.partition(".")[0] == "tensorflow_gan"]


def _forget_tfgan() -> None:
    for name in _names_in_sys_modules():
        del sys.modules[name]


class TFGANInception(SavedModelEmbedder):
    """The Inception network of the original Inception score and FID, as TF-GAN publishes it on TF-Hub.

    Features are pool_3 (2048), probabilities the softmax of its logits. The quirks of the original graph (2015-12-05)
    are kept: images of 0..255 are resized to 299x299 by the legacy bilinear rule (corners not aligned, no half-pixel
    centres) and scaled by (x - 128) / 128; all 1008 logits count, eight of which stand for no class of ImageNet; and
    the logits are taken as the network gives them, to which the original score's code adds no bias (with it, CIFAR-10's
    test images score 11.23 in place of 10.95). The bias is thus the file's affair: a copy of the graph must put out
    pool_3 times the weights alone.

    Args:
        path: a SavedModel of the same network on this machine, which takes images float32 [N, 299, 299, 3] scaled as
            above and puts out "pool_3" and "logits"; unless given, TF-Hub's cache or a download.
        layer: "pool_3" (the default) or "logits".
        resize_mode: a rule of `RESIZE_MODES`; "legacy_tf" unless given, "clean" for clean-fid's numbers.

    Raises:
        ValueError: it is neither in TF-Hub's cache nor can it be downloaded; nothing fitting at `path`; an unknown
            layer or resize mode.
    """

    resize_mode = "legacy_tf"

    def __init__(
        self, path: str | os.PathLike | None = None, *, layer: str | None = None, resize_mode: str | None = None
    ) -> None:
        super().__init__(
            path or download_inception(), (299, 299), layer=layer, resize_mode=resize_mode, name="TF-GAN Inception"
        )
        self.input_channels = 3

    def prepare(self, images: tf.Tensor) -> tf.Tensor:
        """Scaled as inside the original graph."""
        return (images - 128.0) / 128.0


def download_inception(url: str = INCEPTION_URL) -> str:
    """Folder of TF-Hub's cache that holds the Inception network, after downloading it if needed.

    Raises:
        ValueError: it is not in the cache and TF-Hub does not answer, or the download breaks off.
    """
    tensorflow_hub = import_tensorflow_hub()
    cached = Path(tensorflow_hub.resolver.tfhub_cache_dir(use_temp=True)) / hashlib.sha1(url.encode()).hexdigest()
    if not cached.is_dir():
        require_reachable(f"{url}?tf-hub-format=compressed", "TF-GAN's Inception network", OTHER_EMBEDDERS)
    try:
        return tensorflow_hub.resolve(url)
    except (OSError, tf.errors.OpError) as error:
        raise ValueError(
            f"TF-GAN's Inception network could not be downloaded from {url}: {error}. {OTHER_EMBEDDERS}"
        ) from error
