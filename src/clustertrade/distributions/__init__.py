"""Critical values and moments: ``data/*.csv`` with their source, looked up by one rule."""
