"""Wires what polls and what shows, for one configuration after another."""
