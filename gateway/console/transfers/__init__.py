"""transfers: transfers as values for pages: found by what somebody asks for, and each with what became of it."""
