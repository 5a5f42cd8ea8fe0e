"""What each column of a table is: labels, numbers of the rows, features, or left out."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field

from hebbovr.datasets.notes import note
from hebbovr.datasets.options import shown
from hebbovr.errors import SettingsError

LABEL_NAMES = ("label", "labels", "y", "class", "classes", "target", "targets", "species")
NO_LABELS = "none"
_LONGEST_NAME = 40
_INDEX_NAME = re.compile(
    r"(unnamed\d*|index|idx|id|row|rowid|rownr|rownames?|rownumber|level0|indexlevel\d+)?\Z"
)


@dataclass(frozen=True)
class ColumnOptions:
    """What the user says of the columns; see `hebbovr.datasets.table.read_table`."""

    label_column: str | int | None = None
    keep_index: bool = False
    keep: str | Sequence[str] | None = None
    drop: str | Sequence[str] | None = None
    dtype: str | None = None


@dataclass(frozen=True)
class Columns:
    """The columns of a table and what they are.

    Attributes
    ----------
    source : str
        What messages call the table.
    names : tuple of str, optional
        Of all columns, "" where one has none; None for a table without names.
    n_columns : int
        Number of columns.
    label : int, optional
        The column of the labels.
    asked : bool
        Whether the user named it.
    index : tuple of int
        Columns that may number the rows.
    left_out : tuple of int
        Columns that are not read.
    options : ColumnOptions
        What the user said.
    """

    source: str
    names: tuple[str, ...] | None
    n_columns: int
    label: int | None
    asked: bool
    index: tuple[int, ...]
    left_out: tuple[int, ...]
    options: ColumnOptions = field(default_factory=ColumnOptions)

    @property
    def texts(self) -> tuple[int, ...]:
        """The columns that may hold text: the labels, and what may number the rows."""
        return tuple(sorted({*self.index, *(() if self.label is None else (self.label,))}))

    @property
    def numbers(self) -> tuple[int, ...]:
        """The columns that must hold numbers."""
        others = {*self.texts, *self.left_out}
        return tuple(n for n in range(self.n_columns) if n not in others)

    def called(self, index: int) -> str:
        """Return how messages name the column at ``index``."""
        if not self.names:
            return f"column {index + 1}"
        return (
            f"column {index + 1} ({shown(self.names[index]) if self.names[index] else 'unnamed'})"
        )

    def option_value(self, index: int) -> str:
        """Return how an option names the column at ``index``."""
        return as_option(self.names, index)


def as_option(names: Sequence[str] | None, index: int) -> str:
    """Return a column's name as a shell takes it for the value of an option, or its number."""
    name = names[index] if names else ""
    return shlex.quote(name) if 0 < len(name) <= _LONGEST_NAME else str(index)


def find_columns(
    source: str, names: Sequence[str] | None, n_columns: int, options: ColumnOptions
) -> Columns:
    """Decide by their names, and by what the user says, what the columns of a table are.

    Raises
    ------
    SettingsError
        The user names a column that is not there, or several columns may be the labels.
    """
    named = None if names is None else tuple(name.strip() for name in names)
    asked = options.label_column is not None
    label = _label(source, named, n_columns, options.label_column)
    drop = set(_listed(source, named, n_columns, "drop", options.drop))
    keep = set(_listed(source, named, n_columns, "keep", options.keep))
    both = (keep & drop) or ({label} & drop if asked else set())
    if both:
        place = min(n for n in both if n is not None)
        word = named[place] if named else place
        raise SettingsError(f"drop={word} names a column of {source} that is asked for as well")
    candidates = [n for n, name in enumerate(named or ()) if name.lower() in LABEL_NAMES]
    if label is None and not asked:
        label = _only(source, named or (), [n for n in candidates if n not in keep | drop])
    elif label is not None:
        drop |= _rivals(source, named or (), candidates, label, keep | drop)
    index = [
        n
        for n, name in enumerate(named or ())
        if is_index_name(name) and n != label and n not in keep | drop
    ]
    return Columns(
        source, named, n_columns, label, asked, tuple(index), tuple(sorted(drop)), options
    )


def is_index_name(name: str) -> bool:
    """Whether columns called so usually number the rows."""
    return bool(_INDEX_NAME.match(re.sub(r"[\W_]", "", name.lower())))


def _label(
    source: str, names: tuple[str, ...] | None, n_columns: int, wanted: str | int | None
) -> int | None:
    if wanted is None or (
        isinstance(wanted, str)
        and wanted.strip().lower() == NO_LABELS
        and wanted.strip() not in (names or ())
    ):
        return None
    return _position(source, names, n_columns, wanted, "labels")


def _listed(
    source: str,
    names: tuple[str, ...] | None,
    n_columns: int,
    option: str,
    given: str | Sequence[str] | None,
) -> list[int]:
    if given is None:
        return []
    if isinstance(given, str):
        given = [given] if names and given.strip() in names else given.split(",")
    return [_position(source, names, n_columns, name, option) for name in given]


def _position(
    source: str, names: tuple[str, ...] | None, n_columns: int, wanted: str | int, purpose: str
) -> int:
    """Return the place of the column that an option names, or gives by its number."""
    if isinstance(wanted, str) and names and wanted.strip() in names:
        if names.count(wanted.strip()) > 1:
            raise SettingsError(
                f"{source} has several columns called {shown(wanted)}; give its number from 0"
            )
        return names.index(wanted.strip())
    try:
        index = int(wanted)
    except ValueError:
        index = n_columns
    if not -n_columns <= index < n_columns:
        held = ", ".join(names[:20])[:200] if names else f"numbered 0 to {n_columns - 1}"
        raise SettingsError(
            f"{source} has no column {shown(wanted)} for {purpose}; its columns are {held}"
        )
    return index % n_columns


def _only(source: str, names: tuple[str, ...], candidates: list[int]) -> int | None:
    if len(candidates) > 1:
        held = ", ".join(names[n] for n in candidates)
        raise SettingsError(
            f"{source} has several columns that may be the labels ({held}); choose one with -D "
            f"label_column={as_option(names, candidates[0])} or another, or "
            f"label_column={NO_LABELS}"
        )
    return candidates[0] if candidates else None


def _rivals(
    source: str, names: tuple[str, ...], candidates: list[int], label: int, said: set[int]
) -> set[int]:
    """Return the columns that may be labels too, and so are no features."""
    found = set()
    for n in candidates:
        if n == label or n in said:
            continue
        if is_coordinate(names, n):
            note(f"{source}: column {names[n]!r} beside 'x' is taken for a coordinate, a feature")
            continue
        found.add(n)
        note(
            f"{source}: column {names[n]!r} may hold labels too and is left out; -D keep="
            f"{as_option(names, n)} makes it a feature"
        )
    return found


def is_coordinate(names: tuple[str, ...], index: int) -> bool:
    """Whether a column is called y beside one called x."""
    return names[index].lower() == "y" and "x" in {name.lower() for name in names}
