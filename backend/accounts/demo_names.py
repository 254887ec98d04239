"""The demo's accounts by name; what walks the site from outside knows no Django."""

DEMO_PLATFORM, DEMO_BUREAU, DEMO_COMPANY, DEMO_INSTITUTION, DEMO_APPROVER = (
    "demo-platform",
    "demo-bureau",
    "demo-company",
    "demo-bank",
    "demo-approver",
)
