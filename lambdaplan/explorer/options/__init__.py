"""The options of a scenario in the explorer: added, dropped and edited, and where a control finds its own."""
