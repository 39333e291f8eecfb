"""The control loop: the rig plays a pack's surroundings, the logic under test decides."""
