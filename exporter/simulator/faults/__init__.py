"""What goes wrong, and how it looks on the wire."""
