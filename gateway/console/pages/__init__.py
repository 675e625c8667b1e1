"""The pages, one module for each thing that people do. Each module lists its own in `PAGES`."""

from __future__ import annotations

from typing import Final

from gateway.console.pages import (
    account,
    assigning,
    bulk,
    bulk_progress,
    dashboard,
    deciding,
    doctor,
    files,
    helping,
    keys,
    ledger,
    look,
    mine,
    notices,
    partners,
    people,
    policy,
    policy_versions,
    quarantine,
    quarantine_export,
    reading,
    revealing,
    review,
    transfers,
    trying,
    views,
)
from gateway.console.routes import Page
from gateway.console.sign_in import by_passkey, by_provider, second, step_up
from gateway.console.sign_in import pages as signing_in

PAGES: Final[tuple[Page, ...]] = (
    *files.PAGES,
    *look.PAGES,
    *signing_in.PAGES,
    *by_passkey.PAGES,
    *by_provider.PAGES,
    *account.PAGES,
    *people.PAGES,
    *second.PAGES,
    *step_up.PAGES,
    *dashboard.PAGES,
    *ledger.PAGES,
    *transfers.PAGES,
    *mine.PAGES,
    *policy.PAGES,
    *policy_versions.PAGES,
    *doctor.PAGES,
    *helping.PAGES,
    *keys.PAGES,
    *notices.PAGES,
    *partners.PAGES,
    *trying.PAGES,
    *quarantine.PAGES,
    *quarantine_export.PAGES,
    *views.PAGES,
    *bulk.PAGES,
    *bulk_progress.PAGES,
    *deciding.PAGES,
    *assigning.PAGES,
    *reading.PAGES,
    *revealing.PAGES,
    *review.PAGES,
)
"""All pages of the console."""
