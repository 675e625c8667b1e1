"""ledger: the ledger for people: its entries in plain words, found from its end, and counted by day."""
