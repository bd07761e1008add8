"""The steps of the harness's features, as pytest plugins: a broker's own tests can load them too."""
