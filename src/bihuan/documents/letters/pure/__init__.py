"""Letters without a database: declaration, the closed language of texts, facts, terms, the composed sheet."""
