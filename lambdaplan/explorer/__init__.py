"""The workbook's screen: controls, the answer, pictures that follow the hand."""
