"""`make docs`: generators of pages, and of parts of pages."""

MADE = "<!-- made by `make docs`; not to be edited -->"
