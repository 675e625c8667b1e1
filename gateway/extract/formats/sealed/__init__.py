"""CMS and OpenPGP."""
