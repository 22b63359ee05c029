"""Reference results of other programs, read as they are shipped."""
