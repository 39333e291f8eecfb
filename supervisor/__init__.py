"""The reference supervisor: readings in, decisions out; no instrument, no port, no clock."""
