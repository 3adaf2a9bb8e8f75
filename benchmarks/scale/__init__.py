"""The parts of `benchmarks.scaling`: each measures one point of a curve."""
