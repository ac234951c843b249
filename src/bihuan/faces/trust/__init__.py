"""Where the house can be checked: the audit page with its proofs, and erasures with the second person who decides."""
