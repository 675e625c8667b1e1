"""One file per detector, its source cited on top."""
