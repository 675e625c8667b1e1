"""page: the encryptor `html`, one page that opens itself in a web browser, without a network and without a program.

In      parts of up to 200 MiB together, a passphrase
Out     one HTML file: neutral text, a form for the passphrase, and the parts in AES-256-GCM
Laws    nothing of the parts stands outside the seal, neither names nor markings; the page loads nothing and runs
        nothing but its own script; it shows nothing before all of it has verified; it never renders what it holds
Fails   `NotSealed`

The format, byte by byte: gateway/docs/decisions/0024-the-page-that-opens-itself.md.
"""
