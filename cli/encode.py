"""`hebbovr encode`: a model's responses to data, as a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from hebbovr.cli.options import data_options, load_data, model_argument
from hebbovr.cli.output import note
from hebbovr.cli.outputs import (
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
    help="Where to write: .npy, or .npz with --sparse.",
)  # fmt: skip
@force_option
@click.option("--sparse", is_flag=True, help="Write a SciPy CSR matrix (.npz).")
@click.option(
    "--part",
    type=click.Choice(["all", "train", "test"]),
    default="all",
    show_default=True,
    help="Which rows; all is the training rows followed by the test rows.",
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
    seed: int,
    data_option: tuple[str, ...],
    data_dir: Path | None,
) -> None:
    """Write the responses of MODEL to the rows of DATA (n, K), block by block."""
    from hebbovr.errors import SettingsError
    from hebbovr.pipeline import check_width
    from hebbovr.storage.model_file import load_model

    wanted = ".npz" if sparse else ".npy"
    if out.suffix != wanted:
        raise SettingsError(f"-o {out}: the file's name must end in {wanted}")
    check_folder("-o", out)
    trained = load_model(model)
    output = Output("-o", out, responses(trained.trainer.n_components, sparse))
    inputs = [Input("MODEL", model), *data_files(data, data_option, data_dir)]
    check_outputs([output], inputs, force=force)
    dataset = load_data(data, data_option, data_dir, seed)
    check_width(trained, dataset)
    parts = [
        X
        for name, X in (("train", dataset.X_train), ("test", dataset.X_test))
        if X is not None and part in (name, "all")
    ]
    if not parts:
        raise SettingsError(f"--part {part}: {dataset.name} has no such rows; use --part all")
    shape = (sum(map(len, parts)), trained.trainer.n_components)
    (write_sparse if sparse else write_dense)(out, trained, parts, shape)
    note(f"Wrote {shape[0]} rows of {shape[1]} responses to {out}")


def blocks(model: Any, parts: list[Any]) -> Iterator[Any]:
    """Yield the responses to the rows of ``parts``, block by block in order."""
    from hebbovr.preprocessing.row_blocks import row_slices

    for X in parts:
        for rows in row_slices(X):
            yield model.transform(X[rows])


def write_dense(out: Path, model: Any, parts: list[Any], shape: tuple[int, int]) -> None:
    """Write a .npy file without holding all responses in memory."""
    import numpy as np

    from hebbovr.files.atomic import atomic_write

    header = {
        "descr": np.lib.format.dtype_to_descr(model.trainer.weights_.dtype),
        "fortran_order": False,
        "shape": shape,
    }
    with atomic_write(out) as file:
        np.lib.format.write_array_header_1_0(file, header)
        for block in blocks(model, parts):
            file.write(block.data)


def write_sparse(out: Path, model: Any, parts: list[Any], shape: tuple[int, int]) -> None:
    """Write a CSR matrix, in memory proportional to the active share."""
    from scipy import sparse

    from hebbovr.files.atomic import atomic_write

    matrix = sparse.vstack([sparse.csr_matrix(b) for b in blocks(model, parts)], format="csr")
    with atomic_write(out) as file:
        sparse.save_npz(file, matrix, compressed=False)
