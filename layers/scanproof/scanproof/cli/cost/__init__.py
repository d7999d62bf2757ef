"""What pages cost on AWS: dated prices, what a page asks for, and what follows from both."""
