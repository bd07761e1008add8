"""`python -m mock_ctrader` is the same as `mock-ctrader`."""

from mock_ctrader.cli import main

if __name__ == "__main__":
    main()
