"""`hebbovr encode`: a model's responses to data, as a file."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import click

from hebbovr.cli.options import data_options, load_data, model_argument
from hebbovr.cli.output import note, warnings_as_notes
from hebbovr.cli.written_files import (
    ROWS,
    Input,
    OutFile,
    Output,
    check_folder,
    check_outputs,
    data_files,
    force_option,
    responses,
)


@click.command(epilog="Example: hebbovr encode digits-model.npz digits -o features.npy")
@model_argument
@click.argument("data")
@click.option(
    "--out", "-o", required=True, type=OutFile(), metavar="FILE",
    help="Where to write: .npy, .npz (responses and rows), or .npz with --sparse.",
)  # fmt: skip
@force_option
@click.option("--sparse", is_flag=True, help="Write a SciPy CSR matrix (.npz).")
@click.option(
    "--part",
    type=click.Choice(["all", "train", "test"]),
    default="all",
    show_default=True,
    help="Which rows, always in the order of DATA.",
)
@click.option(
    "--rows",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where to write which rows of DATA these are, from 0 (.npy); with --part train or test "
    "beside --out if not given.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the data's split.")
@data_options
def encode(
    model: Path,
    data: str,
    out: Path,
    force: bool,
    sparse: bool,
    part: str,
    rows: Path | None,
    seed: int,
    data_option: tuple[str, ...],
    data_dir: Path | None,
) -> None:
    """Write the responses of MODEL to the rows of DATA (n, K), block by block."""
    import numpy as np

    from hebbovr.errors import SettingsError
    from hebbovr.files.atomic import atomic_write
    from hebbovr.pipeline import matched
    from hebbovr.storage.model_file import load_model

    rows = check_targets(out, sparse, part, rows)
    trained = load_model(model)
    kind = responses(trained.trainer.n_components, "sparse" if sparse else out.suffix)
    outputs = [Output("-o", out, kind)] + ([Output("--rows", rows, ROWS)] if rows else [])
    for output in outputs:
        check_folder(output.option, output.path)
    inputs = [Input("MODEL", model), *data_files(data, data_option, data_dir)]
    check_outputs(outputs, inputs, force=force)
    whole = part == "all"
    dataset = load_data(data, data_option, data_dir, seed, model=trained, whole=whole)
    with warnings_as_notes():
        dataset = matched(trained, dataset)
    parts = [
        (X, dataset.row_numbers(name))
        for name, X in (("train", dataset.X_train), ("test", dataset.X_test))
        if X is not None and part in (name, "all")
    ]
    if not parts:
        raise SettingsError(f"--part {part}: {dataset.name} has no such rows; use --part all")
    numbers = np.concatenate([np.sort(places) for _, places in parts])
    shape = (len(numbers), trained.trainer.n_components)
    with atomic_write(out) as file:
        if sparse:
            write_sparse(file, trained, parts)
        elif out.suffix == ".npz":
            write_archive(file, trained, parts, shape, numbers)
        else:
            write_dense(file, trained, parts, shape)
    if rows is not None:
        with atomic_write(rows) as file:
            np.save(file, numbers)
    note(f"Wrote {shape[0]} rows of {shape[1]} responses to {out}")
    if rows is not None:
        note(f"Wrote which rows of {dataset.name} these are to {rows}")


def check_targets(out: Path, sparse: bool, part: str, rows: Path | None) -> Path | None:
    """Return where the numbers of rows go, None for nowhere beside ``out``."""
    from hebbovr.errors import SettingsError

    endings = (".npz",) if sparse else (".npy", ".npz")
    if out.suffix not in endings:
        raise SettingsError(f"-o {out}: the file's name must end in {' or '.join(endings)}")
    if rows is None and part != "all" and (sparse or out.suffix == ".npy"):
        rows = out.with_name(f"{out.stem}-rows.npy")
    if rows is not None and rows.suffix != ".npy":
        raise SettingsError(f"--rows {rows}: the file's name must end in .npy")
    if rows is not None and rows.resolve() == out.resolve():
        raise SettingsError(f"--rows and -o are both {out}; give two names")
    return rows


def blocks(model: Any, parts: list[tuple[Any, Any]]) -> Iterator[Any]:
    """Yield the responses to the rows of ``parts``, block by block in the order of the data."""
    import numpy as np

    from hebbovr.preprocessing.row_blocks import row_slices

    for X, places in parts:
        ordered = bool((np.diff(places) > 0).all())
        order = None if ordered else np.argsort(places)
        for rows in row_slices(X):
            yield model.transform(X[rows] if order is None else X[order[rows]])


def write_dense(
    file: IO[bytes], model: Any, parts: list[tuple[Any, Any]], shape: tuple[int, int]
) -> None:
    """Write the responses as a .npy file without holding all of them in memory."""
    import numpy as np

    header = {
        "descr": np.lib.format.dtype_to_descr(model.trainer.weights_.dtype),
        "fortran_order": False,
        "shape": shape,
    }
    np.lib.format.write_array_header_1_0(file, header)
    for block in blocks(model, parts):
        file.write(block.data)


def write_archive(
    file: IO[bytes],
    model: Any,
    parts: list[tuple[Any, Any]],
    shape: tuple[int, int],
    numbers: Any,
) -> None:
    """Write responses and rows as a .npz file, likewise."""
    import numpy as np

    with zipfile.ZipFile(file, "w") as archive:
        with archive.open("responses.npy", "w", force_zip64=True) as member:
            write_dense(member, model, parts, shape)
        with archive.open("rows.npy", "w", force_zip64=True) as member:
            np.lib.format.write_array(member, numbers, allow_pickle=False)


def write_sparse(file: IO[bytes], model: Any, parts: list[tuple[Any, Any]]) -> None:
    """Write a CSR matrix, in memory proportional to the active share."""
    from scipy import sparse

    matrix = sparse.vstack([sparse.csr_matrix(b) for b in blocks(model, parts)], format="csr")
    sparse.save_npz(file, matrix, compressed=False)
