"""`gateway detectors`: registers of people and forms that the gateway is taught to know again."""

from __future__ import annotations

import re
import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from gateway.classify.forms.shingles import NOT_WRITING
from gateway.classify.forms.sketch import Sketch, TooLittle
from gateway.classify.keyed import SALT_SIZE, Hasher, is_name
from gateway.classify.registers.build import Told, build
from gateway.classify.registers.columns import NoUse, Role
from gateway.cli import show
from gateway.cli.looking import read
from gateway.cli.opening import inside_state, read_settings, require_files
from gateway.cli.tables import encoding_of, read_lines
from gateway.daemon.assembly import start_inspector
from gateway.errors import GatewayError, NotFound, Unsound
from gateway.model.inspection import Gap
from gateway.worker import taught
from gateway.worker.taught import Taught

FILE = click.argument("file", type=click.Path(path_type=Path))
AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object.")
NEXT_START = "it is looked for from the next start of the gateway on"


@click.group()
def detectors() -> None:
    """Teach the gateway people and forms to look for; see and forget them. No readable value is kept.

    \b
    Example:
      gateway detectors load-register people.csv --name fostering
      gateway detectors learn-form referral.docx
      gateway detectors list
    """


def _name(given: str | None, file: Path) -> str:
    """Return the name that was given, or one made of the file's."""
    name = given or re.sub(r"[^a-z0-9_-]+", "-", file.stem.lower()).strip("-_")[:40]
    if not is_name(name):
        raise click.BadParameter(f"'{name}' is no name; use up to 40 of a-z, 0-9, _ and -", param_hint="--name")
    return name


def _refuse_taken(state: Path, kind: Taught, name: str) -> None:
    other = Taught.FORM if kind is Taught.REGISTER else Taught.REGISTER
    if name in taught.names(state, other):
        raise click.BadParameter(f"there is a {other} named '{name}'", param_hint="--name")


def _roles(columns: Sequence[str]) -> dict[str, Role]:
    roles = {}
    for each in columns:
        role, _, heading = each.partition("=")
        if not heading or role not in set(Role):
            raise click.BadParameter(
                f"write ROLE=HEADING, where ROLE is one of {', '.join(Role)}", param_hint="--columns"
            )
        roles[heading] = Role(role)
    return roles


@detectors.command("load-register")
@FILE
@click.option("--name", help="What findings call the register; made of the file's name when left out.")
@click.option(
    "--columns",
    multiple=True,
    metavar="ROLE=HEADING",
    help=f"What a column holds; may be repeated, and then only these columns are read. ROLE: {', '.join(Role)}.",
)
@AS_JSON
@click.pass_obj
def load_register(config: Path, file: Path, name: str | None, columns: Sequence[str], *, as_json: bool) -> None:
    """Load a register of people from a CSV file, so that they are found in transfers; replace one of that name.

    Columns are known by their headings: names (whole, or given and family), date of birth, postcode, and any number or
    reference. What is kept are keyed hashes. Lines that cannot be used are named by number.

    \b
    Example:
      gateway detectors load-register people.csv --name fostering
      gateway detectors load-register export.csv --columns family=Nachname --columns identifier="Our ref"
    """
    settings = read_settings(config)
    require_files([file])
    called, roles = _name(name, file), _roles(columns)
    with inside_state(settings):
        state = settings.paths.state
        _refuse_taken(state, Taught.REGISTER, called)
        hasher = Hasher(key=taught.own_key(state, Taught.REGISTER), salt=secrets.token_bytes(SALT_SIZE))
        told = _load(file, roles, hasher, state, called)
    if as_json:
        said = {"columns": told.columns, "left_out": told.unread, "left_out_lines": told.unread_lines}
        show.print_json({"kind": Taught.REGISTER, "name": called, "people": told.people} | said)
        return
    used = "; ".join(f"{role}: {', '.join(map(str, numbers))}" for role, numbers in told.columns.items())
    click.echo(f"register '{called}': {told.people} people, columns {used}; {NEXT_START}")
    if told.unread:
        lines = ", ".join(map(str, told.unread_lines)) + (" ..." if told.unread > len(told.unread_lines) else "")
        click.echo(f"{told.unread} lines could not be used: {lines}", err=True)


def _load(file: Path, roles: Mapping[str, Role], hasher: Hasher, state: Path, name: str) -> Told:
    encoding = encoding_of(file)
    if encoding == "cp1252":
        click.echo(f"{file.name} is not UTF-8; read as Windows-1252", err=True)
    is_told = sys.stderr.isatty()
    with click.progressbar(length=file.stat().st_size, label="reading", file=sys.stderr, hidden=not is_told) as bar:

        def lines() -> Iterator[str]:
            for line in read_lines(file, encoding):
                bar.update(len(line))
                yield line

        try:
            told, pieces = build(lines(), roles, hasher)
        except NoUse as trouble:
            hint = f"name columns with --columns ROLE=HEADING, where ROLE is one of {', '.join(Role)}"
            raise GatewayError(f"no register can be made of {file.name}: {trouble}", hint=hint) from None
    taught.write(state, Taught.REGISTER, name, pieces)
    return told


@detectors.command("learn-form")
@FILE
@click.option("--name", help="What findings call the form; made of the file's name when left out.")
@AS_JSON
@click.pass_obj
def learn_form(config: Path, file: Path, name: str | None, *, as_json: bool) -> None:
    """Learn a form or report, blank or filled in, so that copies of it are found; replace one of that name.

    Copies are known filled in, edited a little, in another order and in part. What is kept are keyed hashes of groups
    of words.

    \b
    Example:
      gateway detectors learn-form referral.docx
      gateway detectors learn-form review.pdf --name case-review
    """
    settings = read_settings(config)
    require_files([file])
    called = _name(name, file)
    with inside_state(settings):
        state = settings.paths.state
        _refuse_taken(state, Taught.FORM, called)
        content = read(file)
        if isinstance(content, Gap):
            raise GatewayError(f"{file.name} {content.detail}")
        with start_inspector(settings) as inspector:
            seen = inspector.extract(file.name, content)
        texts = [each.text for part in seen.parts for each in part.segments if each.where not in NOT_WRITING]
        key = taught.own_key(state, Taught.FORM)
        try:
            sketch = Sketch.of(texts, key)
        except TooLittle as trouble:
            raise GatewayError(f"{file.name} cannot be learnt: {trouble}", hint="see 'gateway extract'") from None
        taught.write(state, Taught.FORM, called, sketch.pieces(key))
    for gap in seen.gaps:
        click.echo(f"not read: {gap.part}: {gap.kind} {gap.detail}", err=True)
    if as_json:
        show.print_json({"kind": Taught.FORM, "name": called, "shingles": len(sketch.shingles), "gaps": len(seen.gaps)})
    else:
        click.echo(f"form '{called}': {len(sketch.shingles)} groups of words; {NEXT_START}")


@detectors.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def list_taught(context: click.Context, *, as_json: bool) -> None:
    """List registers and forms, and whether they can be read. Exits 1 when one cannot.

    \b
    Example:
      gateway detectors list
    """
    settings = read_settings(context.obj)
    rows = []
    with inside_state(settings):
        for kind in Taught:
            rows += [_row(settings.paths.state, kind, name) for name in taught.names(settings.paths.state, kind)]
    if as_json:
        for row in rows:
            show.print_json(row)
    else:
        table = [(row["kind"], row["name"], row["holds"], row["size"], row["trouble"] or "-") for row in rows]
        show.table(("kind", "name", "holds", "bytes", "trouble"), table)
    context.exit(1 if any(row["trouble"] for row in rows) else 0)


def _row(state: Path, kind: Taught, name: str) -> dict[str, object]:
    holds, trouble = 0, ""
    try:
        if kind is Taught.REGISTER:
            holds = int(taught.read_register(state, name).header["people"])
        else:
            holds = len(taught.read_form(state, name).shingles)
    except Unsound as error:
        trouble = error.message
    size = (kind.folder(state) / name).stat().st_size
    return {"kind": kind, "name": name, "holds": holds, "size": size, "trouble": trouble}


@detectors.command()
@click.argument("name")
@click.pass_obj
def forget(config: Path, name: str) -> None:
    """Forget a register or a form: it is no longer looked for from the next start of the gateway on.

    \b
    Example:
      gateway detectors forget fostering
    """
    settings = read_settings(config)
    with inside_state(settings):
        state = settings.paths.state
        kind = next((each for each in Taught if name in taught.names(state, each)), None)
        if kind is None:
            raise NotFound(f"there is no register or form named '{name}'", hint="see 'gateway detectors list'")
        taught.forget(state, kind, name)
    click.echo(f"{kind} '{name}' is forgotten from the next start of the gateway on")
