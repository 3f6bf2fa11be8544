"""Measurements of speed and memory; each script is run as `python -m benchmarks.NAME [--quick]` (see README.md)."""
