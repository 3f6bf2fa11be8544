"""The studies of spheres (smooth-to-sharp thesis): settings, trainings, reports."""
