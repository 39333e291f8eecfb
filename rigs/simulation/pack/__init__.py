"""A pack: cells in series with a module on each, between a charger and a load."""
