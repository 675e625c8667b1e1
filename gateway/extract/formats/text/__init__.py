"""Plain text and what is written in it: tables, JSON, calendars, contacts."""
