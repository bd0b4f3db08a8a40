"""Pictures of an organisation's services."""
