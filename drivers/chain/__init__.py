"""The daisy chain of modules on a serial port."""
