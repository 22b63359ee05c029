"""Array algebra over batches: float arrays (B, T, K) in and out; numpy and scipy.linalg/special only."""

import numpy as np

# glibc gives freed blocks back to the system until a larger one has been freed once (mallopt(3), M_MMAP_THRESHOLD), and
# fresh pages then cost a quarter of a test of 500 entities.  This one is never touched, hence takes no memory.
np.empty(3_000_000)
