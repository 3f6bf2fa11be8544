"""Makes `trial_work`, what the tests of trials do in other processes, importable there and here."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
