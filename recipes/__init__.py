"""Recipes: one module per study, run as `python -m recipes.NAME`; `python -m recipes` lists them.

TensorFlow reads these variables while it is imported, so they are set here, before any recipe imports it.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # at 2, a machine without a GPU is told of a failed CUDA call
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
