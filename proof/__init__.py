"""The proof of the suite: things with a defect each, and whether the suite finds it."""
