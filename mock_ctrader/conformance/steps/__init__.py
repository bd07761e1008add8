"""The steps of the harness's features, as pytest plugins: a broker's own tests can load them too."""

STEPS = (
    "common",
    "people",
    "attribution",
    "crm_api",
    "crm_tokens",
    "crm_lifetime",
    "crm_wire",
    "functional",
    "functional_accounts",
    "robustness",
    "robustness_links",
    "outages",
    "screens",
)
