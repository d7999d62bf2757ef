"""Sets documents of several pages. Every name, place and number is fictitious."""

from __future__ import annotations

from making.sheet import Sheet

_SUMMARY = (
    "Between April and September 2023 volunteers walked the banks of the River Lenn from the weir at Cold Ashby "
    "to the estuary, a distance of thirty-one kilometres. They counted nesting birds, measured the width of the "
    "reed belt and noted every place where the bank had slipped.",
    "The reed belt has grown by a fifth since the first survey of 2011. It is widest below the old tannery, where"
    " grazing ended eight years ago. Kingfishers bred at nine sites, three more than in any earlier year, and "
    "sand martins have returned to the clay cliff at Maddock's Bend.",
    "Bank slips were found at fourteen places. Eleven of them lie within two hundred metres of a boat landing. "
    "The committee recommends a limit of six kilometres an hour on that stretch, and willow hurdles at the four "
    "largest slips.",
)
_LEFT = (
    "The survey followed the method of earlier years. Each section of one kilometre was walked twice, once in "
    "early May and once in the last week of June, always before nine in the morning. Two observers walked "
    "together: one watched the water and the far bank, the other kept the notes and measured the reeds with a "
    "marked pole at every fifty metres."
)
_RIGHT = (
    "Weather was kind to the survey. Only two walks had to be repeated because of fog, and the flood of mid May "
    "did not reach the nests. The water was lower than usual in June, so that some measurements of the reed belt "
    "may be too small by up to half a metre. They have not been adjusted, and the tables give the figures as they"
    " were noted."
)
_SITES = (
    ("Cold Ashby weir", "2", "4.2", "0"),
    ("Tannery meadow", "3", "9.8", "1"),
    ("Maddock's Bend", "1", "3.5", "2"),
    ("Ferry House", "0", "2.1", "5"),
    ("Alder Island", "2", "7.4", "2"),
    ("Estuary flats", "1", "6.0", "4"),
)
_CONCLUSION = (
    "The next survey is planned for 2026. Observers are asked to keep their notebooks: comparing the original "
    "entries with the printed tables has shown that seven figures were copied wrongly in 2017.",
    "Copies of this report may be had from the secretary of the River Lenn Society.",
)


def report() -> list[Sheet]:
    """Sets a survey of three pages: prose, two columns, a table."""
    first = Sheet()
    first.row(180, [(140, "River Lenn Society")], "serif", 13)
    first.row(250, [(140, "Bank Survey 2023")], "serif-bold", 22)
    first.row(320, [(140, "Summary")], "serif-bold", 14)
    y = 385
    for paragraph in _SUMMARY:
        y = first.paragraph(140, y, 960, paragraph, "serif", 12) + 24
    first.row(1660, [(600, "Page 1 of 3")], "serif", 10)

    second = Sheet()
    second.row(180, [(140, "How the survey was made")], "serif-bold", 14)
    second.paragraph(140, 250, 450, _LEFT, "serif", 12)
    second.paragraph(650, 250, 450, _RIGHT, "serif", 12)
    second.row(1660, [(600, "Page 2 of 3")], "serif", 10)

    third = Sheet()
    third.row(180, [(140, "Results by site")], "serif-bold", 14)
    columns = (140, 680, 880, 1090)
    for index, cells in enumerate((("Site", "Nests", "Reeds (m)", "Slips"), *_SITES)):
        face = "serif-bold" if index == 0 else "serif"
        third.row(260 + 48 * index, list(zip(columns, cells, strict=True)), face, 12, right=[1, 2, 3])
    third.rule(274, 140, 1090)
    y = 660
    for paragraph in _CONCLUSION:
        y = third.paragraph(140, y, 950, paragraph, "serif", 12) + 24
    third.row(1660, [(600, "Page 3 of 3")], "serif", 10)
    return [first, second, third]


def fax() -> list[Sheet]:
    """Sets a delivery note and its confirmation as two pages of a fax."""
    order = Sheet(size=(1728, 1400), dpi=204)
    order.row(140, [(160, "DELIVERY NOTE")], "sans-bold", 18)
    order.row(230, [(160, "From: Quillmark Paper Mill, Dunmere")], "sans", 12)
    order.row(285, [(160, "To: Hollin Press, 22 Cooper's Row, Stowgate")], "sans", 12)
    order.row(340, [(160, "Note number: 77-1306"), (1000, "Date: 05.02.2024")], "sans", 12)
    items = (
        ("Quantity", "Article", "Weight"),
        ("40 reams", "Laid paper, cream, 120 g", "96 kg"),
        ("25 reams", "Wove paper, white, 100 g", "50 kg"),
        ("12 rolls", "Kraft wrapping, 75 cm", "84 kg"),
        ("6 boxes", "Envelopes C5, unlined", "21 kg"),
    )
    for index, (quantity, article, weight) in enumerate(items):
        face = "sans-bold" if index == 0 else "sans"
        order.row(450 + 66 * index, [(160, quantity), (480, article), (1480, weight)], face, 12, right=[2])
    order.row(820, [(160, "Total weight"), (1480, "251 kg")], "sans-bold", 12, right=[1])
    order.paragraph(160, 930, 1320, "Four pallets. Please return the empty pallets with our driver.", "sans", 12)

    answer = Sheet(size=(1728, 1400), dpi=204)
    answer.row(140, [(160, "CONFIRMATION OF RECEIPT")], "sans-bold", 18)
    answer.row(240, [(160, "Note number: 77-1306"), (1000, "Received: 06.02.2024")], "sans", 12)
    text = (
        "The goods listed on the note were received complete. One box of envelopes was wet at a corner and has "
        "been set aside; we ask you to replace it with the next delivery. Three empty pallets were handed to the "
        "driver, the fourth follows next week."
    )
    y = answer.paragraph(160, 350, 1320, text, "sans", 12)
    answer.row(y + 60, [(160, "Warehouse, Hollin Press")], "sans", 12)
    return [order, answer]
