"""The parts of docs/reference/ that are printed from the code.

A page has places, each between two comments:

    <!-- printed: attributes -->
    …
    <!-- end -->

What stands between them is printed; what stands around them is written by hand. The page of the ranking is printed as a
whole, that of the API from its table of filters on. `./dev manage print_reference` prints all of it anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from backend.api import reference as api
from backend.matching import reference as ranking
from backend.matching.settings import RankingSettings
from backend.operations import (
    reference_commands,
    reference_cycles,
    reference_eligibility,
    reference_pack,
    reference_roles,
)
from backend.operations.parts import REPOSITORY
from backend.packs.management.commands.load_pack import default_folder

FOLDER = REPOSITORY / "docs" / "reference"
FILTERS = "| of | filters |\n| --- | --- |\n"
PLACE = re.compile(r"(?P<begin><!-- printed: (?P<name>[a-z_]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)
TABLES: Mapping[str, Callable[[], str]] = {
    "attributes_company": reference_eligibility.attributes_of_company,
    "attributes_need": reference_eligibility.attributes_of_need,
    "units": reference_eligibility.units,
    "conditions": reference_eligibility.conditions,
    "groups": reference_eligibility.groups,
    "limits": reference_eligibility.limits,
    "rule_faults": reference_eligibility.faults,
    "pack_files": reference_pack.files,
    "pack_heading": reference_pack.heading,
    "vocabularies": reference_pack.vocabularies,
    "term_columns": reference_pack.term_columns,
    "parameters": reference_pack.parameters,
    "institution_fields": reference_pack.institutions,
    "product_fields": reference_pack.products,
    "term_keys": reference_pack.term_keys,
    "fee_fields": reference_pack.fees,
    "subsidy_fields": reference_pack.subsidies,
    "organisation_kinds": reference_roles.kinds,
    "roles": reference_roles.roles,
    "actions": reference_roles.actions,
    "life_cycle_need": reference_cycles.need,
    "life_cycle_product": reference_cycles.product,
    "life_cycle_verification": reference_cycles.verification,
    "life_cycle_application": reference_cycles.application,
    "dev_commands": reference_commands.dev,
    "dev_options": reference_commands.dev_options,
    "manage_commands": reference_commands.manage,
    "settings": reference_commands.settings,
}


def filled(page: str) -> str:
    """The page with every place printed anew. Raises KeyError for a place that has no table."""

    def printed(place: re.Match[str]) -> str:
        return f"{place['begin']}{TABLES[place['name']]().rstrip()}\n{place['end']}"

    return PLACE.sub(printed, page)


def pages() -> list[Path]:
    """The pages with at least one place."""
    return [path for path in sorted(FOLDER.glob("*.md")) if PLACE.search(path.read_text(encoding="utf-8"))]


def outdated() -> dict[Path, str]:
    """Pages that say something else than the code, with what they should say."""
    wanted: dict[Path, Callable[[str], str]] = dict.fromkeys(pages(), filled)
    for name, printed in (("ranking.md", _ranking), ("api.md", _api)):
        if (FOLDER / name).exists():
            wanted[FOLDER / name] = printed
    found = {}
    for path, wants in sorted(wanted.items()):
        page = path.read_text(encoding="utf-8")
        right = wants(page)
        if right != page:
            found[path] = right
    return found


def _ranking(_page: str) -> str:
    parameter = default_folder() / "parameters" / "ranking.json"
    return ranking.page(RankingSettings.parse(json.loads(parameter.read_text(encoding="utf-8"))["content"]))


def _api(page: str) -> str:
    """Raises ValueError where the table of filters is not there to be printed."""
    above, head, _table = page.partition(FILTERS)
    if not head:
        raise ValueError(f"api.md has no table that begins {FILTERS!r}")
    return f"{above}{head}{api.printed()}"
