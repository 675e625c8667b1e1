"""Mail messages and mail folders."""
