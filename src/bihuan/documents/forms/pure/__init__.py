"""Forms without a database: declared, asked, checked, described. No Django here."""
