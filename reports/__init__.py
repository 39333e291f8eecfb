"""Measurement, verdict, the result store and the qualification document."""
