"""Estimates what pages cost on AWS, from dated prices and the workload of a page."""
