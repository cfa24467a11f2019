"""What the C library does with freed memory, as far as it costs training time."""

import ctypes
import platform

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_LARGEST = 2**31 - 1


def keep_freed_memory() -> bool:
    """Tells glibc to keep freed blocks instead of returning them to the kernel.

    By default every activation of some megabytes is a fresh mapping that the kernel has to fill with zeros, page by
    page: 15 % of a nano training step. Other C libraries are left alone.

    Returns:
        Whether the setting was made.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return bool(mallopt(_M_MMAP_THRESHOLD, 2**30)) and bool(mallopt(_M_TRIM_THRESHOLD, _LARGEST))
