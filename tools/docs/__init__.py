"""What writes the generated pages, and parts of pages: `make docs`."""
