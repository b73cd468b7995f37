"""What made this: the state of the code, the environment, and the record of both."""
