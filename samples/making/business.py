"""Sets letters, invoices and receipts. Every name, address and number is fictitious."""

from __future__ import annotations

from collections.abc import Sequence

from making.sheet import Sheet

_LETTER = (
    "Thank you for your enquiry of 4 September about the restoration of the two longcase clocks in your entrance "
    "hall. Our restorer, who inspected both movements last week, found them complete and in better order than "
    "their silence suggests.",
    "The older clock needs a new suspension spring, and its strike train has to be cleaned and bushed in three "
    "places. The painted dial should not be touched up: a careful surface cleaning will bring back most of its "
    "colour. The younger clock stopped because of a bent escape wheel arbor, which we can straighten without "
    "replacing any part.",
    "We estimate eleven weeks of work for the pair. The price for everything described above is 1,840 pounds, "
    "collection and delivery included. Should we find further damage while the movements are apart, we shall "
    "write to you before we do anything about it.",
    "If you would like us to begin, please sign the enclosed copy of this letter and return it by 15 October. We "
    "would then collect both clocks during the last week of the month.",
)


def clean_letter() -> Sheet:
    """Sets a business letter."""
    sheet = Sheet()
    sheet.row(150, [(150, "Thornbury & Vale, Clockmakers")], "serif-bold", 17)
    sheet.row(190, [(150, "14 Millrace Lane, Eastwick EW3 9QT")], "serif", 11)
    sheet.row(330, [(150, "Mrs Adelaide Penhallow")], "serif", 12)
    sheet.row(364, [(150, "Larkspur House")], "serif", 12)
    sheet.row(398, [(150, "Upper Wending WD7 2BX")], "serif", 12)
    sheet.row(482, [(1090, "21 September 2023")], "serif", 12, right=[0])
    sheet.row(560, [(150, "Dear Mrs Penhallow,")], "serif", 12)
    y = 620
    for paragraph in _LETTER:
        y = sheet.paragraph(150, y, 940, paragraph, "serif", 12) + 22
    sheet.row(y + 10, [(150, "Yours sincerely,")], "serif", 12)
    sheet.row(y + 120, [(150, "Josiah Thornbury")], "serif", 12)
    return sheet


def noisy_invoice() -> Sheet:
    """Sets an invoice in a typewriter font; ``wear`` degrades it later."""
    sheet = Sheet()
    face = "typewriter"
    sheet.row(160, [(130, "MARLOWE & FINCH BOOKBINDING SUPPLIES")], face, 13.5)
    sheet.row(196, [(130, "Unit 6, Old Ropewalk, Saltmarsh SM1 4LD")], face, 11)
    sheet.row(300, [(130, "INVOICE")], face, 15)
    _pairs(
        sheet,
        356,
        face,
        [("Invoice No:", "MF-20418"), ("Invoice Date:", "18 March 2024"), ("Due Date:", "17 April 2024")],
        13,
    )
    sheet.row(512, [(130, "Bill to: The Willow Street Bindery")], face, 11)
    sheet.row(548, [(130, "Attention: Accounts department")], face, 11)
    columns = (130, 700, 900, 1110)
    _table_row(sheet, 640, face, columns, ("Description", "Quantity", "Price", "Amount"))
    sheet.rule(656, 130, 1110)
    items = (
        ("Linen thread 18/3, unwaxed", "12", "4.75", "57.00"),
        ("Bone folder, polished, 200 mm", "6", "8.20", "49.20"),
        ("Greyboard 2.0 mm, sheets A3", "30", "1.15", "34.50"),
        ("Adhesive for cloth, 1 litre", "4", "11.40", "45.60"),
        ("Headband silk, blue and white", "5", "6.85", "34.25"),
    )
    for index, item in enumerate(items):
        _table_row(sheet, 704 + 46 * index, face, columns, item)
    sheet.rule(920, 130, 1110)
    for index, (label, amount) in enumerate(
        (("Subtotal", "220.55"), ("VAT 20%", "44.11"), ("Total due", "GBP 264.66"))
    ):
        sheet.row(968 + 46 * index, [(700, label), (1110, amount)], face, 13, right=[1])
    notes = (
        "Payment is due within thirty days of the invoice date. Please quote the invoice number with your "
        "remittance. Goods remain the property of the seller until they have been paid for in full.",
        "Damaged or missing articles must be reported within seven days of delivery. Returned materials are "
        "accepted only in their original wrapping and with the delivery note enclosed.",
        "Thank you for your continued custom.",
    )
    y = 1180
    for note in notes:
        y = sheet.paragraph(130, y, 980, note, face, 11) + 24
    return sheet


def french_invoice() -> Sheet:
    """Sets an invoice in French, with decimal commas."""
    sheet = Sheet()
    sheet.row(150, [(130, "Fromagerie des Trois Vallons")], "humanist-bold", 18)
    sheet.row(190, [(130, "8, chemin de la Crémière – 74999 Saint-Aubin-le-Haut")], "humanist", 11.5)
    sheet.row(300, [(130, "FACTURE")], "humanist-bold", 15)
    pairs = [("Facture n° :", "F-2024-0317"), ("Date :", "12 juin 2024"), ("Échéance :", "12 juillet 2024")]
    _pairs(sheet, 352, "humanist", pairs, 11.5)
    sheet.row(500, [(130, "Client : Épicerie du Vieux Pressoir")], "humanist", 11.5)
    columns = (130, 700, 900, 1110)
    _table_row(sheet, 590, "humanist-bold", columns, ("Désignation", "Quantité", "Prix", "Montant"))
    sheet.rule(606, 130, 1110)
    items = (
        ("Comté affiné dix-huit mois, au kilo", "12", "21,50 €", "258,00 €"),
        ("Tomme d'alpage à la fleur de foin", "8", "24,90 €", "199,20 €"),
        ("Crème fraîche épaisse, pot de 50 cl", "30", "3,15 €", "94,50 €"),
        ("Bûche de chèvre cendrée", "24", "4,60 €", "110,40 €"),
    )
    for index, item in enumerate(items):
        _table_row(sheet, 654 + 46 * index, "humanist", columns, item)
    sheet.rule(822, 130, 1110)
    for index, (label, amount) in enumerate(
        (("Total HT", "662,10 €"), ("TVA 5,5 %", "36,42 €"), ("Total TTC", "698,52 €"))
    ):
        sheet.row(868 + 46 * index, [(760, label), (1110, amount)], "humanist", 11.5, right=[1])
    notes = (
        "Paiement à trente jours par virement bancaire. En cas de retard, des pénalités égales à trois fois le "
        "taux d'intérêt légal seront exigibles, ainsi qu'une indemnité forfaitaire de 40 € pour frais de "
        "recouvrement.",
        "Nos fromages voyagent en camion réfrigéré ; vérifiez la marchandise dès sa réception. Nous vous "
        "remercions de votre fidélité et vous souhaitons un bel été.",
    )
    y = 1100
    for note in notes:
        y = sheet.paragraph(130, y, 980, note, "humanist", 11.5) + 24
    return sheet


def receipt() -> Sheet:
    """Sets a till receipt on a narrow strip of paper."""
    sheet = Sheet(size=(620, 1180))
    for index, line in enumerate(("THE COPPER KETTLE", "Tea room and bakery", "3 Harbour Steps, Port Ennis")):
        face = "mono-bold" if index == 0 else "mono"
        x = round((620 - len(line) * (15 if index == 0 else 11.25) * 1.25) / 2)
        sheet.row(80 + 44 * index, [(x, line)], face, 12 if index == 0 else 11)
    sheet.row(230, [(40, "Receipt 004127"), (580, "Table 9")], "mono", 11, right=[1])
    sheet.row(268, [(40, "14/08/2023"), (580, "15:42")], "mono", 11, right=[1])
    sheet.rule(292, 40, 580)
    items = (
        ("2 Cream tea", "17.90"),
        ("1 Leek and potato soup", "6.25"),
        ("1 Toasted fruit loaf", "3.80"),
        ("2 Elderflower cordial", "5.60"),
        ("1 Pot of Darjeeling", "3.45"),
        ("3 Ginger biscuit", "4.05"),
    )
    for index, (item, amount) in enumerate(items):
        sheet.row(340 + 46 * index, [(40, item), (580, amount)], "mono", 11, right=[1])
    sheet.rule(592, 40, 580)
    totals = (
        ("SUBTOTAL", "41.05"),
        ("SERVICE 10%", "4.11"),
        ("TOTAL", "£45.16"),
        ("CASH", "£50.00"),
        ("CHANGE", "£4.84"),
    )
    for index, (label, amount) in enumerate(totals):
        sheet.row(
            640 + 46 * index, [(40, label), (580, amount)], "mono-bold" if label == "TOTAL" else "mono", 11, right=[1]
        )
    for index, line in enumerate(("You were served by Imogen", "Thank you and come again", "Open daily 9.30 to 17.30")):
        sheet.row(930 + 46 * index, [(round((620 - len(line) * 13.75) / 2), line)], "mono", 11)
    return sheet


def _pairs(sheet: Sheet, y: int, face: str, pairs: Sequence[tuple[str, str]], points: float = 11) -> None:
    for index, (label, value) in enumerate(pairs):
        sheet.row(y + 38 * index, [(130, label), (400, value)], face, points)


def _table_row(sheet: Sheet, y: int, face: str, columns: Sequence[int], cells: Sequence[str]) -> None:
    sheet.row(y, list(zip(columns, cells, strict=True)), face, 11, right=[1, 2, 3])
