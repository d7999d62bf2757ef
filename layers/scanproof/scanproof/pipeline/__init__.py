"""The three steps of the way of a scan, each called by one function and by the command line."""
