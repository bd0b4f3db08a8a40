"""Documents that are sent on: reports, exports, records, pages."""
