"""One short file a family of instruments."""
