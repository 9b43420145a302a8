"""One module for each folder of labelled material: ``measure(folder, quick=...)`` returns its figures."""
