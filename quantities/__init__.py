"""The words that every room speaks: readings, the clock, the tree of errors."""

from quantities.clock import NANOSECONDS_PER_SECOND, Clock, Purpose, WallClock
from quantities.reading import Quantity, Reading

__all__ = ["NANOSECONDS_PER_SECOND", "Clock", "Purpose", "Quantity", "Reading", "WallClock"]
