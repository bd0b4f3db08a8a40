"""What carries a service: its week with its fleets, and its parts with their costs."""
