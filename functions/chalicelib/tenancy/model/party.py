"""Who is named on an invoice, as programs read it: the terms of EN 16931 (BG-4 to BG-8), and its code lists.

A country is ISO 3166-1, an electronic address has a scheme of the EAS list, a VAT number the shape of its country.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.tenancy.model.address import E164, Mailbox
from chalicelib.tenancy.model.form import Line, Unfit, Written, rule

# ISO 3166-1 alpha-2, the officially assigned ones.
COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO
    FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE
    JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO
    MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW
    PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM
    TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split()
)
EU = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())

# The schemes of electronic addresses: CEF's list EAS, as EN 16931's artefacts have it (BR-CL-25).
SCHEMES = frozenset(
    """
    0002 0007 0009 0037 0060 0088 0096 0097 0106 0130 0135 0142 0147 0151 0154 0158 0170 0177 0183 0184 0188 0190 0191
    0192 0193 0194 0195 0196 0198 0199 0200 0201 0202 0203 0204 0205 0208 0209 0210 0211 0212 0213 0215 0216 0217 0218
    0219 0220 0221 0225 0230 0235 0240 0242 0244 0245 0246 0248 9910 9913 9914 9915 9918 9919 9920 9922 9923 9924 9925
    9926 9927 9928 9929 9930 9931 9932 9933 9934 9935 9936 9937 9938 9939 9940 9941 9942 9943 9944 9945 9946 9947 9948
    9949 9950 9951 9952 9953 9957 9959 AN AQ AS AU EM
    """.split()
)

# VAT numbers behind their prefix, as VIES describes them; Greece writes EL, Northern Ireland XI.
_SHAPES: Mapping[str, str] = {
    "AT": r"U\d{8}",
    "BE": r"[01]\d{9}",
    "BG": r"\d{9,10}",
    "CH": r"E\d{9}(MWST|TVA|IVA)?",
    "CY": r"\d{8}[A-Z]",
    "CZ": r"\d{8,10}",
    "DE": r"\d{9}",
    "DK": r"\d{8}",
    "EE": r"\d{9}",
    "EL": r"\d{9}",
    "ES": r"[A-Z0-9]\d{7}[A-Z0-9]",
    "FI": r"\d{8}",
    "FR": r"[A-HJ-NP-Z0-9]{2}\d{9}",
    "GB": r"(\d{9}|\d{12}|(GD|HA)\d{3})",
    "HR": r"\d{11}",
    "HU": r"\d{8}",
    "IE": r"(\d{7}[A-W][A-I]?|\d[A-Z+*]\d{5}[A-W])",
    "IT": r"\d{11}",
    "LT": r"(\d{9}|\d{12})",
    "LU": r"\d{8}",
    "LV": r"\d{11}",
    "MT": r"\d{8}",
    "NL": r"[A-Z0-9+*]{10}\d{2}",
    "NO": r"\d{9}(MVA)?",
    "PL": r"\d{10}",
    "PT": r"\d{9}",
    "RO": r"\d{2,10}",
    "SE": r"\d{12}",
    "SI": r"\d{8}",
    "SK": r"\d{10}",
    "XI": r"(\d{9}|\d{12}|(GD|HA)\d{3})",
}
_OTHER = r"[A-Z0-9]{2,14}"


class Country(Written):
    __slots__ = ()
    FORM = r"[A-Z]{2}"
    ALLOWED = "the two letters of ISO 3166-1, like DE or US"

    @classmethod
    def parse(cls, text: str) -> Country:
        country = super().parse(text)
        if country not in COUNTRIES:
            known = {"UK": "GB", "EL": "GR"}.get(country)
            hint = f"did you mean {known!r}? " if known else ""
            raise Unfit(f"{text!r} is no country", f"{hint}Write {cls.ALLOWED}")
        return country


class TaxNumber(Written):
    """The number for VAT, with the prefix of its country (BR-CO-09)."""

    __slots__ = ()
    FORM = r"[A-Z]{2}[A-Z0-9+*]{2,14}"
    ALLOWED = "the VAT number with its country's prefix, like DE123456789; a number of another kind is `registration`"

    @classmethod
    def normal(cls, text: str) -> str:
        return re.sub(r"[ ./-]", "", text).upper()

    @classmethod
    def parse(cls, text: str) -> TaxNumber:
        number = super().parse(text)
        prefix, rest = number[:2], number[2:]
        if prefix not in _SHAPES and (prefix not in COUNTRIES or prefix == "GR"):
            raise Unfit(f"{text!r} begins with no country's prefix", f"write {cls.ALLOWED} (Greece: EL)")
        if not re.fullmatch(_SHAPES.get(prefix, _OTHER), rest):
            raise Unfit(f"{text!r} has not the shape of {prefix} numbers", f"write {cls.ALLOWED}")
        return number


class Scheme(Written):
    __slots__ = ()
    FORM = r"[0-9]{4}|[A-Z]{2}"
    ALLOWED = "a code of the EAS list, like 0088 (GLN), 0204 (Leitweg-ID), 9930 (German VAT number) or EM (e-mail)"

    @classmethod
    def parse(cls, text: str) -> Scheme:
        scheme = super().parse(text)
        if scheme not in SCHEMES:
            raise Unfit(f"{text!r} is no scheme of electronic addresses", f"write {cls.ALLOWED}")
        return scheme


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where electronic invoices are delivered, in the Peppol network or another one."""

    scheme: Scheme = rule("What kind of number the address is: a code of the EAS list.")
    id: Line = rule("The address itself.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Name and lines for people stand elsewhere; this is what programs read."""

    country: Country = rule("The country of the address: two letters of ISO 3166-1.")
    street: Line | None = rule("Street and number.", default=None)
    additional: Line | None = rule("What else the address needs: a floor, a department.", default=None)
    city: Line | None = rule("The city.", default=None)
    postcode: Line | None = rule("Its postcode.", default=None)
    region: Line | None = rule("A state or a province.", default=None)
    tax_number: TaxNumber | None = rule("The VAT number, with its country's prefix.", default=None)
    registration: Line | None = rule("The number in a register of companies, or of another office.", default=None)
    contact: Line | None = rule("Who answers questions about invoices: a person or an office.", default=None)
    phone: E164 | None = rule("Where they are answered.", default=None)
    email: Mailbox | None = rule("Where they are answered in writing.", default=None)
    endpoint: Endpoint | None = rule("The address for electronic invoices.", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer(Party):
    """The client, as electronic invoices name it. Its name is the first line of `bill_to`."""

    reference: Line | None = rule(
        "What the client wants to read on its invoices: a cost centre, an order.", default=None
    )
