"""The demo's accounts by name; what walks the site from outside knows no Django."""

DEMO_PLATFORM, DEMO_BUREAU, DEMO_COMPANY, DEMO_INSTITUTION = (
    "demo-platform",
    "demo-bureau",
    "demo-company",
    "demo-bank",
)
"""Who founded their organisation."""

DEMO_MEMBER, DEMO_MANAGER, DEMO_EDITOR, DEMO_RISK, DEMO_OFFICER, DEMO_ADVISER = (
    "demo-company-member",
    "demo-bank-manager",
    "demo-bank-editor",
    "demo-bank-risk",
    "demo-bureau-officer",
    "demo-adviser",
)
"""Their colleagues: a company's member, the bank's account manager, product editor and risk approver, an officer of the
bureau; and an adviser."""

DEMO_ORDER = (
    *(DEMO_COMPANY, DEMO_MEMBER),
    *(DEMO_INSTITUTION, DEMO_MANAGER, DEMO_EDITOR, DEMO_RISK),
    *(DEMO_BUREAU, DEMO_OFFICER),
    DEMO_ADVISER,
    DEMO_PLATFORM,
)
"""As a tour meets them, each organisation's people together."""
