"""Views: one module per page. Each reads the world, asks the store, renders a template; none decides anything."""
