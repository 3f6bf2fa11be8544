"""Makes `shared_checks`, what the tests of networks share, importable."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
