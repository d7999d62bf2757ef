"""Words that distinguish a vendor's name from titles, labels, addresses and the buyer, in folded text."""

from __future__ import annotations

import re


def _words(*lines: str) -> str:
    """Joins words to an alternation; ``_`` stands for a blank inside a word."""
    return "|".join(word.replace("_", " ") for line in lines for word in line.split())


LEGAL_FORM = re.compile(
    r"(?<![^\W\d_])(?:"
    + _words(
        r"s(?:dn)?\.?_?b(?:hd)?\.? sdn\.?_?b\w{2} s/b bhd pte pvt ltd limited llc l\.l\.c inc incorporated corp",
        r"corporation plc llp",
        r"gmbh(?:_?&_?co\.?_?kg)? ag kg ohg ug e\.?_?k\. a\.?_?g\. se",
        r"s\.?a\.?r\.?l s\.?a\.?s s\.a sa sasu eurl snc s\.?_?r\.?_?l s\.?_?p\.?_?a s\.?l\.?u? lda ltda",
        r"b\.?v n\.?v v\.?o\.?f sp\.?_?z_?o\.?_?o s\.?_?c sp\._?j co",
    )
    + r")(?!\w)\.?"
)

TRADE = re.compile(
    r"\b(?:"
    + _words(
        "enterprise trading restaurant restoran hardware stationery market hypermarket supermarket marketing shop",
        "store bakery house station holdings services? centre center hotel cafe pharmacy clinic company group",
        "industries industrie boutique pharmacie apotheke libreria farmacia sklep hurtownia bakkerij winkel machinery",
        "food foods beverages? healthcare florist gallery confectionery bistro kitchen mart minimart pasaraya kedai",
        "electrical motors? auto tyres? books bookstore optical salon laundry furniture materials supply supplies",
        "systems",
        "technology media broadcast(?:ing)? television tv radio hosting solutions consulting partners associates",
        "bros sons",
        "versicherung\\w* verein stadtwerke praxis kanzlei backerei metzgerei druckerei werkstatt boulangerie",
        "imprimerie",
        "atelier talleres panaderia officine panificio padaria oficina drukkerij piekarnia retail wholesale\\w*",
    )
    + r")\b"
)

SELLER = re.compile(
    r"^(?:"
    + _words(
        "sold_by seller vendor supplier from issued_by contract_agreement_between verkaufer lieferant vendeur",
        "fournisseur emetteur vendedor",
        "emisor fornitore cedente fornecedor emitente verkoper leverancier sprzedawca wystawca",
    )
    + r")\b\s*(?:[:\-]\s*|$)"
)

NAME_LABEL = re.compile(r"^(?:name|firma|nom|nombre|nome|naam|nazwa)\b\s*[:.]?\s*")

BUYER = re.compile(
    r"^(?:"
    + _words(
        "bill(?:ed)?_to billing_address billing$ invoice_(?:to|address) sold_to ship(?:ping)?_(?:to|address)",
        "deliver_to customer client buyer attn",
        "attention to kaufer(?:/leistungsempfanger)? kunde rechnungsempfanger warenempfanger abweichender\\w* herrn?",
        "frau acheteur cliente klant nabywca odbiorca destinatario advertiser agency",
        "guest factur(?:ar|e)_a faturar_a factuur_aan rechnung_an facture_pour",
    )
    + r")\b"
)

NOT_A_NAME = re.compile(
    r"^\W*(?:"
    # Titles
    r"(?:(?:simplified|original|official|sales|cash|tax|retail|commercial|payment|guest) )*"
    r"(?:invoices?|receipts?|bill|sales?|orders?|copy|statement|quotation|check)(?:/bill)?\b.*|"
    r"\w*rechnung.*|(?:facture|factura|fattura|fatura|factuur|faktura|paragon|ticket|gutschrift|contract)\b.*|"
    r"(?:\w )+\w|"
    # Greetings, stamps
    r"(?:thank|welcome|bienvenue|posted|paid|duplicate|tq|original|sign)\w*\b.*|"
    # Labels, alone or with their values
    + "(?:"
    + _words(
        "page date time tel fax gst vat reg co\\W*(?:reg|no) company_(?:no|reg) print account email e-mail remit",
        "cashier name",
        "nummer numero number subject ref\\w* product estimate original details? version property rep salesperson",
        "contract",
        "order description datum seite ust\\W*id iban telefon phone main terms currency wahrung anschrift market",
        "station",
        "office total account_executive invoice brand comments last_modified entered_by customer deal",
        "sales_(?:office|region)",
    )
    + r")\b(?:$|\W*[:#]|\W*(?:no|nr|id|number|date|by|of|from|dates?|type|code)\b|\W*\d).*|"
    # Addresses
    r"(?:no|lot|jalan|jln|unit|level|tingkat|street|road|ground|floor|p\W?o\W? box|rue|via|calle|ul)\b.*"
    r")$"
)

REGISTRATION = re.compile(
    r"\s*[\[({]?\b(?:co\.?\W?(?:reg|no).*|(?:reg|gst|roc)\b.*|[A-Z]{0,3}\d{4,}\s?-?\s?[A-Z]?)\W*$", re.IGNORECASE
)

# A company's number in the register of companies, behind its name or below it, in folded text.
_REGISTER = r"(?:co|company|business|roc|reg|regn|registration|brn|ssm|no|nr|hrb|rcs|siren|kvk|krs|regon)"
REGISTERED = re.compile(
    rf"(?:\b{_REGISTER}\b[\W_]*(?:{_REGISTER}\b[\W_]*)*[a-z]{{0,3}}\d[\d ]{{4,}}(?:\s?-?\s?[a-z]{{1,2}})?|"
    r"[(\[]\s*[a-z]{0,3}\d{5,}(?:\s?-?\s?[a-z]{1,2})?|(?<!\S)\d{5,7}\s?-\s?[a-z])\s*[)\]]?\W*$"
)

REMIT = re.compile(
    r"^(?:"
    + _words(
        "remit(?:tance)?(?:_to)?(?:_address)? send_payments?_to make_(?:all_)?che(?:ck|que)s?_payable_to payable_to",
        "please_remit_to pay_to zahlungsempfanger beneficiaire beneficiario begunstigde odbiorca_platnosci",
        "service_provider",
    )
    + r")\b\s*(?:[:\-]\s*|$|(?=\S))"
)

REMIT_BEHIND = re.compile(r"(?<=\S)\s+remit(?:tance)?(?: to)?(?: address)?\W*$")

PREFIX = re.compile(
    r"^(?:own(?:ed)?_by|operated_by|managed_by|dimiliki_oleh|dba|c/o|a_division_of)(?:\W+|$)".replace("_", " ?")
)

STREET = re.compile(
    r"\b(?:"
    + _words(
        "street st\\. road rd ave(?:nue)?\\.? blvd boulevard lane drive dr\\. suite ste floor p\\.?_?o\\.?_?box box",
        "jalan",
        "jln lot taman lorong bandar seksyen kampung strasse str\\. weg platz allee rue chemin quai via viale piazza",
        "calle",
        "plaza avenida rua praca straat laan gracht plein ul\\. ulica aleja highway hwy square court way",
    )
    + r")|\w{3,}(?:strasse|straße|str\.|weg|platz|allee|gasse|straat|laan)\b"
)

SALUTATION = re.compile(
    r"(?:an )?(?:die )?(?:firma|herrn?|frau|familie|mr|mrs|ms|messrs|m|mme|monsieur|madame|sr|sra|spett|spett le|dhr|"
    r"mevr|pan|pani)\.?"
)
