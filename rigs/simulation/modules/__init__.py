"""A simulated cell module and the parts that it is made of."""
