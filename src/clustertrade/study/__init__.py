"""A study: what a researcher writes in one file, checked, and turned into jobs."""
