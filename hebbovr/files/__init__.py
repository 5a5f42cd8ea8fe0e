"""Files written whole or not at all, and arrays in them."""
