"""Sets notes in languages whose letters are hard for an engine. Every name and event is fictitious."""

from __future__ import annotations

from making.sheet import Sheet

_POLISH = (
    "Zebranie odbyło się w świetlicy przy ulicy Łąkowej, obok źródła. Obecnych było dwudziestu sześciu członków "
    "spółdzielni, a przewodniczyła mu pani Łucja Brzęczkowska.",
    "Uchwalono naprawę dachu pszczelarni oraz zakup trzydziestu ramek. Koszt nie może przekroczyć 4 350 zł. "
    "Pieniądze pochodzą ze sprzedaży miodu gryczanego i lipowego.",
    "Pan Świętosław Żądło zgłosił, że ścieżka nad strumieniem jest nieprzejezdna. Postanowiono wysypać ją żwirem "
    "jeszcze przed końcem października, jeśli pogoda pozwoli.",
    "Następne zebranie wyznaczono na czwartek, 9 listopada, o godzinie osiemnastej. Prosimy przynieść własne kubki.",
)

_CHINESE = (
    "本周三下午，读书会在旧图书馆二楼举行，共有十八位会员到场。大家讨论了秋季的阅读计划，并选出三本新书。",
    "图书馆决定从十月起延长开放时间，每晚八点半关门。儿童阅览室将重新粉刷，工程预计需要两个星期，费用为¥6,800。",
    "请各位会员在九月二十五日之前归还所借的图书。下次聚会的时间是十月十二日，届时备有清茶和点心。",
)

_VIETNAMESE = (
    "Tổ hợp tác làm gốm họp vào sáng thứ bảy tại sân đình. Có mười bốn hộ tham dự, vắng hai hộ vì bận việc đồng áng.",
    "Mọi người thống nhất xây thêm một lò nung nhỏ ở cuối xóm. Tổng chi phí là 48.500.000 ₫, mỗi hộ góp một phần "
    "bằng nhau trước ngày rằm tháng tới.",
    "Ông Đỗ Quốc Bổng nhận trông coi việc xây lò, còn bà Lộc lo giấy tờ. Đất sét sẽ được chở về bằng thuyền khi "
    "nước sông còn lớn.",
    "Buổi họp kết thúc lúc mười một giờ. Hẹn gặp lại vào ngày 20 tháng 10.",
)


def polish_note() -> Sheet:
    """Sets minutes of a meeting in Polish."""
    return _note(
        "Protokół z zebrania spółdzielni pszczelarskiej", "Dnia 12 października 2023 r.", _POLISH, "book", 12.5
    )


def chinese_note() -> Sheet:
    """Sets a notice to the members of a reading circle in simplified Chinese."""
    return _note("读书会通知", "二〇二三年九月六日", _CHINESE, "cjk", 13)


def vietnamese_note() -> Sheet:
    """Sets minutes of a meeting in Vietnamese."""
    return _note("Biên bản họp tổ gốm xóm Bến Đò", "Ngày 16 tháng 9 năm 2023", _VIETNAMESE, "noto", 12.5)


def _note(title: str, date: str, paragraphs: tuple[str, ...], face: str, points: float) -> Sheet:
    sheet = Sheet(size=(1240, 1240))
    sheet.row(150, [(130, title)], f"{face}-bold", points + 3)
    sheet.row(215, [(130, date)], face, points)
    y = 310
    for paragraph in paragraphs:
        y = sheet.paragraph(130, y, 980, paragraph, face, points, leading=1.5) + 26
    return sheet
