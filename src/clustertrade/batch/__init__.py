"""Array algebra over batches: float arrays (B, T, K) in and out; numpy and scipy.linalg/special only."""
