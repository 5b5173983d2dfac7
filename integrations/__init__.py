"""Other systems: one folder each, side by side and blind to each other. Above everything that has rules of its own."""
