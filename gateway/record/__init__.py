"""record: ledger entries at every threshold, and plain words for the sender.

In      a transfer before and after a step
Out     `Entry`s for the ledger; the subject and text of notices
        and the report on what became of mail, for programs
Laws    an entry holds codes, counts, hashes and addresses, never content; a notice says what happened, why, what to
        do, by when, who can help, and the reference, and holds no content
Fails   never
"""
