"""Files that commands of `manyline bill` write. Their place is tried before anything is asked of the stage."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from infra.cli.bill.api import Finance

NOTE = ("pdf", "json", "csv", "xml")  # a credit note has no contacts of its own
INVOICE = (*NOTE, "contacts.csv")


def _folder(context: click.Context, option: click.Parameter, folder: Path | None) -> Path | None:
    """One that can be written into; what is missing of it is made when there is something to save."""
    if folder is not None:
        with _in_one_sentence(folder):
            there = next(above for above in (folder, *folder.absolute().parents) if above.exists())
            tempfile.TemporaryFile(dir=there).close()
    return folder


def tried(context: click.Context, option: click.Parameter, file: Path | None) -> Path | None:
    """A callback of options: a file that can be written, and is as it was until there is something to write."""
    if file is not None:
        with _in_one_sentence(file):
            if file.exists():
                file.open("ab").close()
            else:
                tempfile.TemporaryFile(dir=file.absolute().parent).close()
    return file


save_into = click.option(
    "--save", type=click.Path(file_okay=False, path_type=Path), callback=_folder, help="Its files, into this folder."
)


def write(file: Path, content: bytes) -> None:
    with _in_one_sentence(file):
        file.write_bytes(content)


def saved(finance: Finance, place: str, number: str, forms: Sequence[str], folder: Path, *, quiet: bool) -> None:
    """The document at that place in its forms, named by its number."""
    with _in_one_sentence(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for form in forms:
        write(folder / f"{number}.{form}", finance.get(f"{place}/files/{form}"))
    click.echo(f"{number}: {', '.join(forms)} in {folder}", err=quiet)


@contextmanager
def _in_one_sentence(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise click.ClickException(f"{place} cannot be written ({error.strerror}); name another place") from error
