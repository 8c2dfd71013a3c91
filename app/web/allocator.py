"""Settings of the C library's allocator, so that the memory of large answers is given back.

glibc raises its threshold for blocks that it maps one by one, and gives back when they are freed,
to the largest block so far, and has an arena for each thread. After answers of some megabytes, a
process therefore kept up to 80 MB that nothing used.
"""

import ctypes
import platform

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Parameters of mallopt(3), from malloc.h."""

_PARAMETERS = {M_TRIM_THRESHOLD: 128 * 1024, M_MMAP_THRESHOLD: 256 * 1024, M_ARENA_MAX: 2}


def give_back_memory() -> None:
    """Fixes the thresholds, and limits the arenas; does nothing without glibc."""
    if platform.libc_ver()[0] == "glibc":
        library = ctypes.CDLL(None)
        for parameter, value in _PARAMETERS.items():
            library.mallopt(parameter, value)
