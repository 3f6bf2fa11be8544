"""Runs the tests that TF-GAN ships for `eval`, `losses` and `features` through `importable_tfgan`; prints JSON.

    python tests/metrics/embedders/tfgan_own_tests.py            eager execution, as in TensorFlow 2
    python tests/metrics/embedders/tfgan_own_tests.py --graph    graphs, as in TensorFlow 1

Per module: "passed"; "returned", those of them that ask whether execution is eager and return; "skipped"; "failed",
{test: last line of its traceback}. `tf.test.TestCase` counts its own `test_session` as skipped; it is left out.
"left_in_sys_modules" lists what is left of TF-GAN there.
"""

import importlib
import inspect
import json
import pkgutil
import re
import sys
import unittest

import tensorflow as tf

from tfgan_suite.metrics.embedders.tfgan import importable_tfgan

PACKAGES = ("eval", "losses", "features")
RETURNS_IF_EAGER = re.compile(r"if tf\.executing_eagerly\(\):[^\n]*\n(\s*#[^\n]*\n)*\s+return\n")


class Result(unittest.TestResult):
    """Keeps the tests that passed."""

    def __init__(self) -> None:
        super().__init__()
        self.passed: list[unittest.TestCase] = []

    def addSuccess(self, test: unittest.TestCase) -> None:
        """Called by unittest."""
        self.passed.append(test)


def only_asks(test: unittest.TestCase) -> bool:
    """Whether the test returns at once under eager execution."""
    method = inspect.unwrap(getattr(test, test._testMethodName))
    function = getattr(method, "__func__", method)
    closed_over = [cell.cell_contents for cell in function.__closure__ or ()]  # of a parametrised test
    functions = [function, *(value for value in closed_over if inspect.isfunction(value))]
    return any(RETURNS_IF_EAGER.search(inspect.getsource(each)) for each in functions)


def run_module(name: str) -> dict:
    """Runs one module of tests."""
    suite = unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(name))
    result = Result()
    suite.run(result)
    skipped = [test for test, _ in result.skipped if test._testMethodName != "test_session"]
    failed = {
        test.id().removeprefix(f"{name}."): trace.strip().splitlines()[-1].strip()
        for test, trace in (*result.failures, *result.errors)
    }
    returned = sum(map(only_asks, result.passed)) if tf.executing_eagerly() else 0
    return {"passed": len(result.passed), "returned": returned, "skipped": len(skipped), "failed": failed}


def run_all() -> dict:
    """All modules, and what is left in `sys.modules` afterwards."""
    modules = {}
    with importable_tfgan() as tfgan:
        for package in PACKAGES:
            for module in pkgutil.iter_modules(getattr(tfgan, package).__path__):
                if module.name.endswith("_test"):
                    modules[f"{package}/{module.name}"] = run_module(f"tensorflow_gan.python.{package}.{module.name}")
    left = [name for name in sys.modules if name.partition(".")[0] == "tensorflow_gan"]
    return {"modules": modules, "left_in_sys_modules": left}


if __name__ == "__main__":
    if "--graph" in sys.argv[1:]:
        tf.compat.v1.disable_eager_execution()
    json.dump(run_all(), sys.stdout, indent=1)
