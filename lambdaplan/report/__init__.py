"""Documents for others: reports, exports, decision records, pages."""
