"""The harness: plays the flows on a broker over HTTP and judges each stage. Imports no server module."""
