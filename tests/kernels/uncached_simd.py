"""Compile what is emitted anew, and nothing else: imported by processes that test its emission."""

import numba

cfunc = numba.cfunc


def uncached(signature, **options):
    def decorate(function):
        if function.__module__ == "hebbovr.kernels.simd":
            options["cache"] = False
        return cfunc(signature, **options)(function)

    return decorate


numba.cfunc = uncached
