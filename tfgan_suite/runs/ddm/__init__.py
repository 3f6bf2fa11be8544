"""Reports of the Distribution Divergence Measure's studies."""
