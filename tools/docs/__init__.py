"""`make docs`: generators of pages, and of parts of pages."""
