"""Ways to reach the logic under test: in Python, over a unit's host port, over a CAN bus."""
