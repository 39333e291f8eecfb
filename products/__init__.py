"""Product files and their model."""
