"""What happened, made visible: sequence diagrams, exchanges in lines, curl commands.

Shared by the inspector's pages and the harness's report; knows neither of them, and no web framework.
"""
