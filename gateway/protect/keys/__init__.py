"""keys: recipients' public keys: where they come from, what each is worth today, and who said that it is the owner's.

In      certificates from files, mail, Web Key Directories and LDAP, all untrusted; the rules of the house (`rules`)
Out     `Judged` and `JudgedX509`: the only values that an engine seals for
Laws    a certificate is used only while it is approved by an officer and judged usable today; what cannot be judged is
        refused with the reason; nothing is fetched unless the operator switched it on; no private key is ever kept
Fails   `NotSealed` with the reason, `NotFound`, `TryLater`, `Damaged`

    ring, record, checkup                         the ring: two files a certificate; how each key stands today
    judges, judge, judged                         who judges what, and what comes of it
    by_gpg, listing                               OpenPGP, by gpg
    by_sequoia, bindings, key_packets, shown      OpenPGP that gpg cannot read, by pysequoia
    x509, x509_read, x509_chain                   X.509: its own word, the chain to an authority
    revocation, ocsp, said                        what authorities say of revocation
    files, mail, wkd, ldap, found, web            where certificates come from
"""
