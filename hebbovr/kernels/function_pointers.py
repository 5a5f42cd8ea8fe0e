"""Functions that compiled code calls by their addresses, handed over without running any Python.

Numba asks a function value of its own for its address in Python each time that it is an argument,
and an interrupt that comes then is lost. Here the address is a plain attribute.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from numba.core import cgutils, types
from numba.experimental.function_type import FunctionModel
from numba.extending import NativeValue, register_model, typeof_impl, unbox


class FunctionPointer:
    """A compiled function, kept alive, with its signature and its address."""

    __slots__ = ("address", "function", "signature")

    def __init__(self, function: Any, signature: Any) -> None:
        self.function, self.signature = function, signature
        self.address: int = function.address


class PythonPointer(FunctionPointer):
    """A function of Python that takes and returns an int64, for compiled code to call.

    It may not raise: ctypes would print the error and go on.
    """

    __slots__ = ()

    def __init__(self, function: Callable[[int], int], signature: Any) -> None:
        called = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(function)
        self.function, self.signature = called, signature
        self.address = ctypes.cast(called, ctypes.c_void_p).value or 0


class FunctionPointerType(types.FunctionType):
    """The type of a `FunctionPointer` to compiled code, which may call it."""


register_model(FunctionPointerType)(FunctionModel)


@typeof_impl.register(PythonPointer)
@typeof_impl.register(FunctionPointer)
def _typeof(pointer: FunctionPointer, context: Any) -> FunctionPointerType:
    return FunctionPointerType(pointer.signature)


@unbox(FunctionPointerType)  # type: ignore[no-untyped-call]
def _unbox(kind: FunctionPointerType, value: Any, c: Any) -> Any:
    make_struct: Any = cgutils.create_struct_proxy
    native: Any = NativeValue
    struct = make_struct(kind)(c.context, c.builder)  # all its addresses are 0 at first
    address = c.pyapi.object_getattr_string(value, "address")
    struct.c_addr = c.pyapi.long_as_voidptr(address)
    c.pyapi.decref(address)
    return native(struct._getvalue())
