"""The peak memory of this process."""

from pathlib import Path


def peak_megabytes() -> float:
    """
    Peak resident MiB of this process (VmHWM of Linux).

    Not ru_maxrss: a process that is started by a large one begins with the peak of that one (getrusage(2)).
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
