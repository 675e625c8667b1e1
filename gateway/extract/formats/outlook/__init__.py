"""Outlook messages and TNEF."""
