"""Makes `model_cases`, the tiny models that the tests share, importable in the tests and in their subprocesses."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
