"""What happens when: scenarios and their timelines."""
