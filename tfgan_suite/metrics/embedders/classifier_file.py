"""A trained classifier in one file: a Keras file with the classifier's card inside."""

import dataclasses
import json
import os
import zipfile
from pathlib import Path

import keras

from tfgan_suite.core.checks import require
from tfgan_suite.core.files import write_whole
from tfgan_suite.metrics.embedders.classifier_training import ClassifierCard, TrainedClassifier

CARD_NAME = "classifier.json"


def save_classifier(path: str | os.PathLike, classifier: TrainedClassifier) -> None:
    """Writes a `.keras` file, whole or not at all, which `load_embedder(path)` reads as a classifier embedder.

    Keras itself loads it as well: a model from float32 images in 0..255 to logits. The card is the file
    "classifier.json" in it; a `.keras` file is a zip archive.

    Raises:
        ValueError: `path` does not end in .keras.
    """
    path = Path(path).expanduser()
    require(path.suffix == ".keras", "`path` must end in .keras", path=str(path))
    with write_whole(path) as temporary:
        classifier.model.save(temporary)
        with zipfile.ZipFile(temporary, "a") as archive:
            archive.writestr(CARD_NAME, json.dumps(dataclasses.asdict(classifier.card), indent=2))


def is_classifier_file(path: str | os.PathLike) -> bool:
    """Whether `path` is a file that `save_classifier` wrote."""
    path = Path(path)
    if path.suffix != ".keras" or not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return CARD_NAME in archive.namelist()


def load_classifier(path: str | os.PathLike) -> TrainedClassifier:
    """The classifier that `save_classifier` wrote.

    Raises:
        ValueError: another file, or a damaged one.
    """
    path = Path(path).expanduser()
    require(is_classifier_file(path), "`path` must be a file that `save_classifier` wrote", path=str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            values = json.loads(archive.read(CARD_NAME))
        names = None if values["class_names"] is None else tuple(values["class_names"])
        card = ClassifierCard(**{**values, "class_names": names, "image_shape": tuple(values["image_shape"])})
        return TrainedClassifier(keras.saving.load_model(path, compile=False), card)
    except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"the classifier in {path} cannot be read: {error}") from error
