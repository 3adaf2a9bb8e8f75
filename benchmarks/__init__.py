"""What the README's numbers come from: loglake and its peers on the same data, each in a fresh process."""
