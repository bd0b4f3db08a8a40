"""An organisation's services at once: billed in columns, pooled by payer account, in bounded memory."""
