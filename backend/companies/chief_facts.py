"""Which facts stand for a company or a need where there is room for a few: on cards, in the heads of pages, in reports.
In the order in which they are read."""

from __future__ import annotations

COMPANY_FACTS = (
    "region",
    "industry",
    "stage",
    "size_class",
    "years_in_business",
    "annual_revenue",
    "tax_grade",
    "has_ever_borrowed",
)
LEAD_FACTS = ("region", "industry", "stage", "size_class", "years_in_business")
"""An institution reads these on a lead's card; none of them names the company."""

TERMS_ASKED = ("term", "purpose", "max_annual_cost", "collateral")
"""Of a need, besides its amount."""

NEED_FACTS = ("amount", *TERMS_ASKED)
