"""Defects of supervisors, a module for each idea; ``proof.catalogue`` finds them."""
