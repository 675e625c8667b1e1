"""Who is who: what a policy set knows of people, organisations, countries and days.

In      the optional files `partners.yaml`, `agreements.yaml`, `units.yaml`, `addresses.yaml`, `countries.yaml`,
        `calendar.yaml` and `retention.yaml`; a file that is missing says nothing
Out     a `Directory`, which answers about one sender, one recipient, one day at a time:

        who they are     `unit_of` the sender, `partner_of` the recipient, `country_of` the recipient
        what was agreed  `agreement_with` a partner, for kinds of data, on a day (S1 6.3)
        what to mind     `traits`: look-alike domain, own address, personal webmail, telephone, many readers, new
        how they are met `opens` what, `contact_of` for passphrases
        when             `hours_at` and `day_of` a time, in the organisation's own zone

Laws    pure and total: every address and every time has an answer, also what is no address; nothing is looked up
        outside; a partner or a unit is known by whole addresses and exact domains, never by a part of one; a public
        suffix is nobody's domain; what is not known is never taken for known
Fails   `Complaints`, each with file:line:column, while reading; never afterwards

Whatever a `Directory` says of a domain it says of what was registered: `registered` splits `mail.council.gov.uk` into
`council` and `gov.uk`. Its own files: `partners`, `agreements`, `units`, `addresses`, `lookalike`, `countries`,
`hours` (the calendar), `recipients`, `retention`; `reading` puts them together, `value` is the `Directory`.
"""

from gateway.decide.directory.partners import Partner, PartnerKind
from gateway.decide.directory.reading import DIRECTORY_FILES, directory_of
from gateway.decide.directory.value import Directory

__all__ = ("DIRECTORY_FILES", "Directory", "Partner", "PartnerKind", "directory_of")
