"""The pytest plugin as a broker uses it: miniature repositories, each run by a pytest of its own."""
