"""Rig files, and the rig that opens, checks and makes safe."""
