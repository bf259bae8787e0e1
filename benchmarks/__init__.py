"""Speed, measured as paired ratios in one run; never part of the tests."""
