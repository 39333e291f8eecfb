"""What an engineer wants to know of a rig before the shift; each check stands alone."""
