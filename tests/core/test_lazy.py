import subprocess
import sys

import pytest

import tfgan_suite.metrics
import tfgan_suite.metrics.functional


@pytest.mark.parametrize("package", [tfgan_suite.metrics, tfgan_suite.metrics.functional])
def test_every_public_name_is_there(package):
    for name in package.__all__:
        assert name.isupper() or getattr(package, name).__name__ == name
    assert dir(package) == package.__all__
    with pytest.raises(AttributeError, match=r"has no attribute 'no_such_metric'"):
        _ = package.no_such_metric


def test_functions_on_arrays_do_not_wait_for_tensorflow():
    code = (
        "import sys; from tfgan_suite.metrics.functional import frechet_distance, inception_score; "
        "import tfgan_suite.metrics; assert 'tensorflow' not in sys.modules and 'sklearn' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
