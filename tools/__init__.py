"""What writes parts of this project."""
