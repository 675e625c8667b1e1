"""Protective markings: grammar, schemes, places and scores. A marking counts by its place, never by mere mention."""
