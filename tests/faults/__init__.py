"""What is acknowledged is never lost, and happens once: a county under load, while everything in it is killed."""
