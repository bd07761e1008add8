"""What the broker remembers: one SQLite file, a module per concept, functions on an open connection."""
