"""Results on pages."""
