import hashlib
import socket
import sys
import threading
import time

import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.metrics.embedders import TFGANInception, downloads, load_embedder, tfgan
from tfgan_suite.metrics.embedders.downloads import require_reachable
from tfgan_suite.metrics.embedders.tfgan import importable_tfgan, load_tfgan
from tfgan_suite.metrics.functional import feature_statistics, frechet_distance, inception_score


def test_loads_the_three_packages_and_leaves_no_trace():
    parts = load_tfgan()
    assert callable(parts.eval.classifier_score_from_logits)
    assert callable(parts.losses.wasserstein_generator_loss)
    assert callable(parts.features.compute_spectral_norm)
    assert not [name for name in sys.modules if name.split(".")[0] == "tensorflow_gan"]
    assert load_tfgan() is parts


def test_importable_for_the_length_of_a_block():
    before = {name for name in sys.modules if name.startswith("tensorflow_gan")}
    with importable_tfgan() as inside:
        import tensorflow_gan
        from tensorflow_gan.python.losses import losses_impl

        assert tensorflow_gan is inside
        assert tensorflow_gan.eval is load_tfgan().eval
        assert callable(losses_impl.wasserstein_generator_loss)
        assert "generator_inputs" in tensorflow_gan.GANModel._fields
    assert {name for name in sys.modules if name.startswith("tensorflow_gan")} == before
    with pytest.raises(KeyError), importable_tfgan():
        raise KeyError
    assert {name for name in sys.modules if name.startswith("tensorflow_gan")} == before


def test_the_plain_import_where_it_works(monkeypatch, tmp_path):
    (tmp_path / "tensorflow_gan").mkdir()
    lines = [f"from tensorflow_gan import {name}" for name in ("eval", "losses", "features")]
    (tmp_path / "tensorflow_gan" / "__init__.py").write_text("\n".join(lines))
    for name in ("eval", "losses", "features"):
        (tmp_path / "tensorflow_gan" / f"{name}.py").write_text(f"which = '{name}'")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(tfgan, "_modules", tfgan._modules.__wrapped__)
    try:
        parts = load_tfgan.__wrapped__()
        assert (parts.eval.which, parts.losses.which, parts.features.which) == ("eval", "losses", "features")
        assert sys.modules["tensorflow_gan.eval"] is parts.eval
    finally:
        tfgan._forget_tfgan()


def test_missing_tfgan_is_an_import_error(monkeypatch):
    monkeypatch.setattr(tfgan, "_modules", tfgan._modules.__wrapped__)
    monkeypatch.setattr(tfgan.importlib.machinery.PathFinder, "find_spec", lambda *args: None)
    monkeypatch.setattr(tfgan, "import_tensorflow_hub", lambda: None)
    with pytest.raises(ImportError, match="pip install tensorflow-gan"):
        load_tfgan.__wrapped__()


@pytest.mark.parametrize("num_fake", [400, 20])
def test_frechet_distance_equals_tfgans(num_fake):
    generator = np.random.default_rng(0)
    real = generator.normal(size=(300, 24)) @ generator.normal(size=(24, 24))
    fake = 0.5 + generator.normal(size=(num_fake, 24)) @ generator.normal(size=(24, 24))
    ours = frechet_distance(feature_statistics(real), feature_statistics(fake)).total
    theirs = load_tfgan().eval.frechet_classifier_distance_from_activations(tf.constant(real), tf.constant(fake))
    assert ours == pytest.approx(float(theirs), rel=1e-5)


def test_inception_score_equals_tfgans():
    logits = np.random.default_rng(1).normal(size=(200, 10)) * 3
    theirs = load_tfgan().eval.classifier_score_from_logits(tf.constant(logits))
    ours, spread = inception_score(tf.nn.softmax(logits), num_splits=1)
    assert ours == pytest.approx(float(theirs), rel=1e-5)
    assert spread == 0


def test_tensorflow_hub_without_pkg_resources(monkeypatch):
    monkeypatch.setattr(tfgan.importlib.util, "find_spec", lambda name: None)
    for name in [name for name in sys.modules if name.split(".")[0] == "tensorflow_hub"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "pkg_resources", raising=False)
    assert callable(tfgan.import_tensorflow_hub().load)
    assert "pkg_resources" not in sys.modules


@pytest.fixture
def hub_cache(monkeypatch, tmp_path):
    """TF-Hub's cache, with a small stand-in for the Inception network: pool_3 holds a few single pixels."""
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))

    class Network(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3), tf.float32)])
        def __call__(self, images):
            pixels = images[:, 0:299:149, 0, :]  # [n, 3, 3]
            return {"logits": pixels[:, :, 0], "pool_3": tf.reshape(pixels, (-1, 1, 1, 9))}

    folder = tmp_path / hashlib.sha1(tfgan.INCEPTION_URL.encode()).hexdigest()
    tf.saved_model.save(Network(), str(folder))
    return tmp_path


def test_inception_from_the_cache_needs_no_network(hub_cache, images, monkeypatch):
    monkeypatch.setattr(tfgan, "require_reachable", lambda *args: pytest.fail("looked at the network"))
    embedder = load_embedder("inception", train_images=images(size=32))
    assert isinstance(embedder, TFGANInception)
    assert "legacy bilinear (corners not aligned, no half-pixel centres) to 299x299" in embedder.resize
    batch = images(size=32)
    embedding = embedder.embed(batch)
    # Legacy bilinear: output row r reads input row r * 32 / 299 (the last ones read the last row).
    scaled = (batch.astype(np.float64) - 128) / 128
    rows = np.array([0, 149, 298]) * 32 / 299
    low = np.floor(rows).astype(int)
    high, share = np.minimum(low + 1, 31), (rows - low)[None, :, None]
    expected = scaled[:, low, 0] * (1 - share) + scaled[:, high, 0] * share
    np.testing.assert_allclose(embedding.features, expected.reshape(-1, 9), atol=1e-5)
    np.testing.assert_allclose(embedding.probs, tf.nn.softmax(expected[:, :, 0]), atol=1e-5)


@pytest.fixture
def local_inception(tmp_path):
    """A SavedModel like a local copy of the graph: 299x299 scaled images, 1008 logits without a bias."""
    weights = np.random.default_rng(2).normal(size=(9, 1008)).astype(np.float32)

    class Network(tf.Module):
        def __init__(self):
            self.weights = tf.Variable(weights)

        @tf.function(input_signature=[tf.TensorSpec((None, 299, 299, 3), tf.float32, name="images")])
        def __call__(self, images):
            pool = tf.reshape(images[:, 0:299:149, 5, :], (-1, 1, 1, 9))
            return {"pool_3": pool, "logits": tf.reshape(pool, (-1, 9)) @ self.weights}

    network = Network()
    tf.saved_model.save(network, str(tmp_path / "graph"), signatures={"serving_default": network.__call__})
    return tmp_path / "graph", weights


def test_inception_from_a_local_saved_model(local_inception, images, monkeypatch):
    monkeypatch.setattr(tfgan, "download_inception", lambda *args: pytest.fail("asked for a download"))
    path, weights = local_inception
    batch = images(size=32)
    embedder = load_embedder("inception", weights=path, train_images=batch)
    assert (embedder.name, embedder.layer, embedder.resize_mode) == ("TF-GAN Inception", "pool_3", "legacy_tf")
    assert (embedder.feature_dim, embedder.num_classes) == (9, 1008)
    embedding = embedder.embed(batch)
    resized = tf.compat.v1.image.resize_bilinear(batch.astype(np.float32), (299, 299)).numpy()
    pool = ((resized - 128) * 0.0078125)[:, 0:299:149, 5].reshape(11, 9)
    np.testing.assert_allclose(embedding.features, pool, atol=1e-5)
    # All 1008 count, nothing is added to them, and the score is TF-GAN's.
    logits = pool @ weights
    np.testing.assert_allclose(embedding.probs, tf.nn.softmax(logits), rtol=1e-3, atol=1e-7)
    theirs = float(load_tfgan().eval.classifier_score_from_logits(tf.constant(logits)))
    assert inception_score(embedding.probs, num_splits=1)[0] == pytest.approx(theirs, rel=1e-4)
    biased = float(load_tfgan().eval.classifier_score_from_logits(tf.constant(logits + 3 * np.sin(np.arange(1008)))))
    assert abs(biased - theirs) > 0.01 * theirs


def test_inception_by_layer_and_resize_mode(local_inception, images):
    path, weights = local_inception
    batch, flat = images(size=32), np.full((2, 32, 32, 3), 200, np.uint8)
    usual, clean = TFGANInception(path), load_embedder("inception", weights=path, resize_mode="clean")
    assert (clean.name, clean.weights_hash) == (usual.name, usual.weights_hash)
    assert usual.resize.startswith("legacy bilinear")
    assert clean.resize.startswith("clean bicubic")
    assert np.abs(clean.embed(batch).features - usual.embed(batch).features).max() > 0.01
    np.testing.assert_allclose(clean.embed(flat).features, usual.embed(flat).features, atol=1e-5)
    logits = TFGANInception(path, layer="logits")
    assert (logits.name, logits.feature_dim) == ("TF-GAN Inception, layer logits", 1008)
    np.testing.assert_allclose(logits.embed(flat).features, np.full((2, 9), 0.5625) @ weights, rtol=1e-3, atol=1e-4)
    with pytest.raises(ValueError, match=r"pool_3.*layer='prelogits', embedder='TF-GAN Inception'"):
        TFGANInception(path, layer="prelogits")
    with pytest.raises(ValueError, match="existing path"):
        load_embedder("inception", weights=path / "missing")


def test_grey_images_become_colour_and_the_protocol_says_so(local_inception, images):
    embedder, grey = TFGANInception(local_inception[0]), images(size=32, channels=1)
    assert embedder.resize_for((32, 32, 1)).endswith("; grey repeated to 3 channels")
    colour = np.repeat(grey, 3, axis=-1)
    np.testing.assert_array_equal(embedder.embed(grey).features, embedder.embed(colour).features)


def test_offline_fails_at_once_and_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(tfgan, "INCEPTION_URL", "http://127.0.0.1:9/inception")
    start = time.monotonic()
    with pytest.raises(ValueError, match=r"Inception network could not be downloaded .*--embedder classifier"):
        TFGANInception(path=tfgan.download_inception("http://127.0.0.1:9/inception"))
    assert time.monotonic() - start < 5


def test_broken_download_is_a_sentence(monkeypatch, tmp_path):
    import tensorflow_hub

    def broken(url):
        raise OSError("connection reset")

    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(tfgan, "require_reachable", lambda *args: None)
    monkeypatch.setattr(tensorflow_hub, "resolve", broken)
    with pytest.raises(ValueError, match=r"connection reset. Pass `--embedder PATH`"):
        tfgan.download_inception()


def test_a_server_that_never_answers_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as server:
        start = time.monotonic()
        with pytest.raises(ValueError, match=r"The file could not be downloaded from http.* Try later\."):
            require_reachable(f"http://127.0.0.1:{server.getsockname()[1]}", "The file", "Try later.", timeout_sec=0.3)
        assert time.monotonic() - start < 5


def test_a_name_that_is_never_looked_up_is_given_up(monkeypatch):
    release = threading.Event()

    def look_up(*args, **kwargs):
        release.wait(20)
        raise OSError("gave up")

    monkeypatch.setattr(downloads.urllib.request, "urlopen", look_up)
    start = time.monotonic()
    with pytest.raises(ValueError, match="no answer within"):
        require_reachable("http://example.invalid", "The file", "Try later.", timeout_sec=0.1)
    assert time.monotonic() - start < 5
    release.set()
