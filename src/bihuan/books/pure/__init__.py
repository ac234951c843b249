"""What an entry must be, decided without a database: amounts, the judge, matching, bank files. Pure, no Django."""
