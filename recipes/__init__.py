"""Recipes: one module per study, run as `python -m recipes.NAME`; `python -m recipes` lists them.

TensorFlow reads these variables while it is imported, so they are set here, before any recipe imports it.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # errors only: its start-up notices would bury a recipe's own lines
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
