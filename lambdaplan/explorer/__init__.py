"""Explorer: sliders over a scenario in JupyterLab or as a page."""
