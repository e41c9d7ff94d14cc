"""What an electronic invoice of a client must have (EN 16931): asked when the client is configured, not when the
invoice is refused. Rules are those of `billable`: (path, what is wrong, the fix)."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.tenancy.model.party import EU
from chalicelib.tenancy.model.plan import Plan, Tax, TaxCategory
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.billable import Disagreement, Path, Rule

_OWED_BY_THE_CLIENT = (TaxCategory.REVERSE_CHARGE, TaxCategory.WITHIN_THE_EU)


def who_owes_the_tax_has_a_number(tenant: Tenant) -> Iterator[Disagreement]:
    """BR-AE-02 and BR-IC-02; the law asks for the VAT number, where the rule would take another one."""
    for path, tax in _taxes(tenant.plan):
        if tax.category in _OWED_BY_THE_CLIENT and (tenant.buyer is None or tenant.buyer.tax_number is None):
            why = f"is missing, but with category {tax.category.value} ({_told(path)}) the client owes the tax"
            yield ("buyer", "tax_number"), why, "give the client's VAT number, or take another category"


def what_leaves_the_country_goes_where_it_says(tenant: Tenant) -> Iterator[Disagreement]:
    for path, tax in _taxes(tenant.plan):
        country = tenant.buyer.country if tenant.buyer is not None else ""
        if tax.category is TaxCategory.WITHIN_THE_EU and country and country not in EU:
            yield (*path, "category"), f"is K, but {country} (buyer.country) is not in the EU", "take G or O"
        if tax.category is TaxCategory.EXPORT and country in EU:
            yield (*path, "category"), f"is G, but {country} (buyer.country) is in the EU", "take AE, K or S"


def outside_of_tax_stands_alone(tenant: Tenant) -> Iterator[Disagreement]:
    """BR-O-11. Where no program reads the invoice, lines in and outside of tax may stand beside each other."""
    if tenant.buyer is None:
        return
    found = {tax.category for _, tax in _taxes(tenant.plan)}
    for path, tax in _taxes(tenant.plan):
        if tax.category is TaxCategory.OUTSIDE and len(found) > 1:
            others = ", ".join(sorted(category.value for category in found - {TaxCategory.OUTSIDE}))
            why = f"is O, which an electronic invoice cannot have beside {others} (EN 16931, BR-O-11)"
            yield (*path, "category"), why, "take E or Z, give every tax the category O, or remove `buyer`"


INVOICED: tuple[Rule, ...] = (
    who_owes_the_tax_has_a_number,
    what_leaves_the_country_goes_where_it_says,
    outside_of_tax_stands_alone,
)


def _taxes(plan: Plan) -> list[tuple[Path, Tax]]:
    return [(("plan", "tax"), plan.tax), *((("plan", "taxes", name), tax) for name, tax in plan.taxes.items())]


def _told(path: Path) -> str:
    return ".".join(str(part) for part in path)
