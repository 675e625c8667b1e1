"""What the pages of the quarantine show, as values: findings, options, consequences. No page and no template."""
