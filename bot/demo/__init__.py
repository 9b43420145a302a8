"""A small fictional newsroom on loopback, so that the desk can be tried with no internet."""
