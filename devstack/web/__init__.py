"""The web page of the local stack: what the commands do, in a browser on this machine."""
