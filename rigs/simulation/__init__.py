"""The embedded bench: modules, circuit and instruments in virtual time."""
