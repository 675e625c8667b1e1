"""testing: contract suites, documents and homes for whoever writes an adapter or a plug-in (and for us)."""
