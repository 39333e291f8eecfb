"""The qualification document's Jinja templates."""
