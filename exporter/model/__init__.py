"""What is known of operations. Pure."""
