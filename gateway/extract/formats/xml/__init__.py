"""XML: any tree of it, and the office documents that are one."""
