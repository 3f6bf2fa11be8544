"""The study of a GAN of numbers (smooth-to-sharp thesis, chapter 4): trainings and report."""
