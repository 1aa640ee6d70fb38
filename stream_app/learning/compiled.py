"""Hot loops as machine code: numba compiles them once, and keeps them on disk until any source of this package changes.

Every entry point states its types and is compiled (or loaded) at import, so no record ever waits for a compiler. State lives in numpy
arrays that are passed in; kernels allocate nothing that outlives them, and know no strings: keys are 64-bit codes (`keys.py`).
"""

import atexit
import hashlib
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile, mkdtemp
from typing import Any, TypeVar, cast

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.caching import UserProvidedCacheLocator
from numba.extending import intrinsic
from numpy.typing import NDArray

Array = NDArray[Any]
F = TypeVar("F", bound=Callable[..., Any])

FLOAT, INT, CODE = types.float64, types.int64, types.uint64
FLOATS, MATRIX, INTS, CODES = types.float64[::1], types.float64[:, ::1], types.int64[::1], types.uint64[::1]
CODE_MATRIX, SINGLES = types.uint64[:, ::1], types.float32[:, ::1]
VOID, BOOL = types.void, types.boolean
config: Any = numba.config
MARK = b"stream_app.learning.compiled import"
"""In every source file with a kernel, or a part of one."""
PACKAGE = Path(__file__).parents[1]
KEPT_CACHES = 4


def together(*parts: Any) -> Any:
    """How a kernel takes several things as one: what a detector holds."""
    return types.Tuple(parts)  # type: ignore[no-untyped-call]


def _source_digest() -> str:
    """Kernels inline each other across files, and numba looks at one file's time only: a change of one must make all of them anew."""
    digest = hashlib.sha256(numba.__version__.encode())
    for folder in ("learning", "detectors", "engine"):
        for source in (path.read_bytes() for path in sorted((PACKAGE / folder).rglob("*.py"))):
            if MARK in source:
                digest.update(source)
    return digest.hexdigest()[:16]


def _cache_folder() -> Path:
    """Beside the package, as Python's own bytecode; where that cannot be written to (a read-only image), a private copy of it for this process;
    where there is no room for one, what is there, to be read."""
    shipped = PACKAGE / "__pycache__" / "kernels" / _source_digest()
    try:
        if not shipped.is_dir():
            with suppress(OSError):
                _forget_old(shipped.parent)
            shipped.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=shipped):
            return shipped
    except OSError:
        try:
            return _private_copy(shipped)
        except OSError:
            config.CACHE_LOCATOR_CLASSES = f"{__name__}.{ReadOnly.__name__}"
            return shipped


def _forget_old(folder: Path) -> None:
    """Those of sources that are gone: the latest KEPT_CACHES stay, as another process may be reading one."""
    latest = sorted(folder.iterdir(), key=lambda one: one.stat().st_mtime, reverse=True)
    for old in latest[KEPT_CACHES:]:
        shutil.rmtree(old, ignore_errors=True)


def _private_copy(shipped: Path) -> Path:
    """Never a shared folder with a name that others can guess: what lies in there is executed."""
    private = Path(mkdtemp(prefix="tidewaiter-kernels-"))
    atexit.register(shutil.rmtree, private, ignore_errors=True)
    if shipped.is_dir():
        shutil.copytree(shipped, private, dirs_exist_ok=True)
    return private


class ReadOnly(UserProvidedCacheLocator):
    """Numba's, without its question whether the folder can be written to."""

    def ensure_cache_path(self) -> None:
        pass


if not config.CACHE_DIR:
    config.CACHE_DIR = str(_cache_folder())


def kernel(returns: Any, *arguments: Any) -> Callable[[F], F]:
    """An entry point: `@kernel(FLOAT, TABLE, CODES)` takes these types and no others, and raises TypeError for any other."""

    def compiled(function: F) -> F:
        try:
            return numba.njit(returns(*arguments), cache=True, error_model="numpy")(function)  # type: ignore[no-any-return]
        except OSError:  # not compiled before, and no place to keep it in
            return numba.njit(returns(*arguments), error_model="numpy")(function)  # type: ignore[no-any-return]

    return compiled


def inlined(function: F) -> F:
    """A part of kernels, compiled into each of them with the types it meets there."""
    return numba.njit(function, error_model="numpy")  # type: ignore[no-any-return]


def _fetch(typing_context: Any, array: Any, index: Any) -> Any:
    del typing_context, index

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        place = builder.bitcast(builder.gep(data, [arguments[1]]), byte)
        prefetch = cast(Any, cgutils).get_or_insert_function(
            builder.module, ir.FunctionType(ir.VoidType(), [byte, number, number, number]), "llvm.prefetch.p0"
        )
        builder.call(prefetch, [place, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), code


fetch: Callable[[Any, Any], None] = cast(Any, intrinsic)(_fetch)
"""fetch(array, index) asks the processor to load the line of cache that holds array[index], and goes on: LLVM's prefetch, for reading, to be kept."""
