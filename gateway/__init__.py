"""An outbound secure-transfer gateway: one policy for folders and mail. Start at `gateway/README.md`."""

__version__ = "0.1.0"
