"""ModNet's studies: interpretation, augmentation, memorisation."""
