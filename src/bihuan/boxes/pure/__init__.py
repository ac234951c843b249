"""What of a box needs no database: the declaration, the record, its verification."""
