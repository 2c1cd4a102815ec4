"""Bad inputs by the million: nothing escapes but what is documented, and nothing hangs."""
