"""The five stages of the flow: train, test, wrap, package, deploy.

Each is one function that the command line, MLproject entry points and Python share.
"""
