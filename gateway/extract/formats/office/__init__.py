"""Office Open XML, OpenDocument and EPUB."""
