"""Commands of price books."""
