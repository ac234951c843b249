"""What a type of subjects says and what follows from it. Pure: no Django, no database."""
