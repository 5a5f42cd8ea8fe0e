"""The processor's time that child processes use, which other work on the machine does not move."""

import math
import os
import resource
import sys
from pathlib import Path


def seconds_of(pid):
    """Return the seconds that a running process has used; infinity where no /proc tells."""
    if not sys.platform.startswith("linux"):
        return math.inf
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def seconds_of_ended():
    """Return the seconds that all processes have used that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
