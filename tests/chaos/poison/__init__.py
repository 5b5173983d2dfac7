"""A subscriber that ends or hangs whoever performs it: only on the stage of `make chaos`."""
