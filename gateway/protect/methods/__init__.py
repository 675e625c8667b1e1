"""methods: one kind of sealing a file, each behind the encryptor door. None knows another.

In      parts, a recipient, a desk for sealed bytes, a passphrase
Out     an `Envelope`: one file on the desk, with the word of another reader than its writer for what it is
Laws    AES-256 and nothing less; clear content touches no disk; a passphrase stands on no command line
Fails   `NotSealed`
"""
