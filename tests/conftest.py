"""What holds for the whole suite, and for every process that it starts."""

import os

# Threads that spin while they wait make a busy machine several times slower: GNU's OpenMP, LLVM's,
# and OpenBLAS's. They read this once, when they are loaded.
WAITING = {"OMP_WAIT_POLICY": "passive", "KMP_BLOCKTIME": "0", "OPENBLAS_THREAD_TIMEOUT": "4"}

for name, value in WAITING.items():
    os.environ.setdefault(name, value)
