"""Readers of texts with their gold beside them: notes, lists of spans, JSON lines.

notes    {"notes": [{"text", "gold": [{"value", "cat"}], "preserve": [{"value"}]}]}
spans    [{"full_text", "spans": [{"entity_type", "entity_value", "start_position", "end_position"}]}]
lines    one object a line: {"text", "annotations": [{"entity_type", "start", "end"}], "adversarial": {"type"}}
         or, for material of your own: {"text", "spans": [{"entity", "start", "end"}], "bait", "marking"}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from gateway.testing.accuracy import EVERYTHING, Case, Corpus, Gold
from gateway.testing.accuracy.names import canonical
from gateway.testing.accuracy.reading import Unreadable, field, read_json, read_json_lines


def read_object(path: Path, name: str) -> Corpus:
    """Return the corpus of a JSON file; raises `Unreadable` for one of another structure."""
    held = read_json(path)
    if isinstance(held, dict) and "notes" in held:
        return Corpus(name=name, cases=tuple(_notes(path, field(path, 1, held, "notes", list))))
    if isinstance(held, list):
        return Corpus(name=name, cases=_labelled(_spans(path, held)))
    raise Unreadable(path, 1, "neither an object with 'notes' nor a list of texts with spans")


def _notes(path: Path, notes: Sequence[object]) -> Iterable[Case]:
    for number, note in enumerate(notes):
        where = f"notes[{number}]"
        try:
            gold = tuple(
                Gold(entity=canonical(field(path, 1, each, "cat", str)), value=field(path, 1, each, "value", str))
                for each in field(path, 1, note, "gold", list)
            )
            text = field(path, 1, note, "text", str)
            kept = note.get("preserve", []) if isinstance(note, dict) else []
            bait = tuple(field(path, 1, each, "value", str) for each in kept)
        except Unreadable as trouble:
            raise _inside(path, where, trouble) from None
        yield Case(name=f"{path.name} {where}", text=text, gold=gold, bait=bait, labelled=EVERYTHING)


def _spans(path: Path, texts: Sequence[object]) -> Iterable[Case]:
    for number, each in enumerate(texts):
        where = f"[{number}]"
        try:
            text = field(path, 1, each, "full_text", str)
            spans = field(path, 1, each, "spans", list)
            gold = [_gold(path, 1, text, span, ("entity_type", "start_position", "end_position")) for span in spans]
        except Unreadable as trouble:
            raise _inside(path, where, trouble) from None
        yield Case(name=f"{path.name} {where}", text=text, gold=tuple(gold))


def _inside(path: Path, where: str, trouble: Unreadable) -> Unreadable:
    """Name the entry: JSON as a whole tells no lines."""
    return Unreadable(path, 1, f"entry {where}: {trouble.message.partition(': ')[2]}")


def read_lines(path: Path, name: str) -> Corpus:
    """Return the corpus of a file of JSON lines, packed or not."""
    cases = []
    for line, record in read_json_lines(path):
        text = field(path, line, record, "text", str)
        if "annotations" in record:
            spans, names = field(path, line, record, "annotations", list), ("entity_type", "start", "end")
        else:
            spans, names = field(path, line, record, "spans", list), ("entity", "start", "end")
        attack = record.get("adversarial")
        bait = field(path, line, record, "bait", list) if "bait" in record else []
        made = Case(
            name=f"{path.name}:{line}",
            text=text,
            gold=tuple(_gold(path, line, text, span, names) for span in spans),
            bait=tuple(str(each) for each in bait),
            marking=field(path, line, record, "marking", str) if "marking" in record else "",
            attack=str(attack.get("type") or "") if isinstance(attack, Mapping) else "",
        )
        cases.append(made)
    return Corpus(name=name, cases=_labelled(cases))


def _gold(path: Path, line: int, text: str, span: object, names: tuple[str, str, str]) -> Gold:
    entity = canonical(field(path, line, span, names[0], str))
    start, end = field(path, line, span, names[1], int), field(path, line, span, names[2], int)
    if not 0 <= start < end <= len(text):
        raise Unreadable(path, line, f"a span from {start} to {end} lies outside its text of {len(text)} characters")
    return Gold(entity=entity, value=text[start:end], start=start, end=end)


def _labelled(cases: Iterable[Case]) -> tuple[Case, ...]:
    """Return the cases, each with what is labelled in any of them; where nothing is, they are ordinary documents."""
    every = list(cases)
    labelled = frozenset(gold.entity for case in every for gold in case.gold)
    return tuple(replace(case, labelled=labelled, is_ordinary=not labelled) for case in every)
