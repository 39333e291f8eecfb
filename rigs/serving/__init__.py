"""The simulated bench on real wires: paced by the wall clock, reached over a pty and TCP."""
