"""All that speaks to a wire: the module chain, and the instruments."""
