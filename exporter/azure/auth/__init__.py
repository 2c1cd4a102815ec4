"""How requests are authorised."""
