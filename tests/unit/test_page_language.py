"""The detector tells the languages of the corrector from each other and from others, by letters or by a lexicon."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest

from scanproof.correction.fast.lexicon import Lexicon
from scanproof.correction.fast.model_folder import default_folder, load_lexicon
from scanproof.language import UNKNOWN_LANGUAGE, LanguagePosterior, detect_language
from tests.unit.correction.fast.words import LEXICON

SUPPORTED = {
    "en": "Please check the goods when they are delivered and tell us within two weeks if something is missing.",
    "de": "Bitte die Ware bei der Lieferung sofort kontrollieren und uns melden, wenn etwas fehlt oder kaputt ist.",
    "fr": "Veuillez examiner la marchandise quand elle arrive et nous dire dans les quinze jours si une chose manque.",
    "es": "Revise por favor el pedido cuando llegue y avise en los primeros tiempos si falta alguna cosa o parte.",
    "it": "Controllate la merce quando arriva e fateci sapere entro due settimane se manca qualche cosa nella cassa.",
    "pt": "Por favor verifique a mercadoria quando chegar e diga dentro de duas semanas se alguma coisa falta.",
    "nl": "Controleer de goederen bij de levering en laat ons binnen twee weken weten of er iets ontbreekt of stuk is.",
    "pl": "Prosimy sprawdzić towar przy odbiorze i napisać do nas w ciągu dwóch tygodni, jeżeli czegoś w nim brakuje.",
}
OTHERS = {
    "la": "Gallia est omnis divisa in partes tres, quarum unam incolunt Belgae, aliam Aquitani, tertiam qui ipsorum "
    "lingua Celtae, nostra Galli appellantur. Hi omnes lingua, institutis, legibus inter se differunt. Gallos ab "
    "Aquitanis Garumna flumen, a Belgis Matrona et Sequana dividit. Horum omnium fortissimi sunt Belgae.",
    "sv": "Vi ber er att granska varorna vid leveransen och att inom fjorton dagar meddela oss om det saknas delar. "
    "Betalning sker mot faktura senast trettio dagar efter leverans. Om ni inte betalar i tid tar vi ut en avgift, "
    "och vi kan inte ta ansvar om paketet har kommit bort. Spara kvittot, det gäller som garanti i två år.",
    "da": "Vi beder Dem kontrollere varerne ved leveringen og give os besked inden fjorten dage, hvis der mangler "
    "dele. Betaling sker mod faktura senest tredive dage efter levering. Hvis De ikke betaler til tiden, opkræver vi "
    "et gebyr. Gem kvitteringen, den gælder som garanti i to år fra den dag, da pakken blev afsendt.",
    "cs": "Prosíme, zkontrolujte zboží při dodání a do čtrnácti dnů nám oznamte, jestli něco chybí nebo je rozbité. "
    "Platba se provádí na fakturu do třiceti dnů. Když nezaplatíte včas, účtujeme poplatek. Účtenku si uschovejte.",
    "fi": "Tarkistakaa tavarat toimituksen yhteydessä ja ilmoittakaa meille kahden viikon kuluessa, jos jotain "
    "puuttuu. Maksu tapahtuu laskulla kolmenkymmenen päivän kuluessa toimituksesta. Jos ette maksa ajoissa, "
    "perimme maksun, ja kuitti on takuu kahden vuoden ajan. Emme vastaa paketista, joka on kadonnut matkalla.",
    "ro": "Vă rugăm să verificați marfa la livrare și să ne anunțați în două săptămâni dacă lipsește ceva. Plata se "
    "face pe factură în treizeci de zile. Păstrați chitanța, ea este garanția pentru doi ani.",
    "hu": "Kérjük, ellenőrizze az árut átvételkor, és két héten belül jelezze, ha valami hiányzik vagy törött. A "
    "fizetés számla ellenében történik harminc napon belül. Őrizze meg a nyugtát, mert két évig garancia.",
    "tr": "Lütfen malları teslim alırken kontrol edin ve eksik varsa iki hafta içinde bize bildirin. Ödeme fatura "
    "karşılığında otuz gün içinde yapılır. Fişi saklayın, iki yıl boyunca garanti belgesi yerine geçer.",
}


@pytest.fixture(scope="module")
def bundled() -> Lexicon:
    return load_lexicon(default_folder())


@pytest.mark.parametrize("code", SUPPORTED)
def test_supported_languages_are_told(bundled: Lexicon, code: str) -> None:
    found = detect_language(SUPPORTED[code], bundled)
    assert found.code == code
    assert not found.is_other


@pytest.mark.parametrize("code", OTHERS)
def test_other_languages_are_not_supported(bundled: Lexicon, code: str) -> None:
    found = detect_language(OTHERS[code], bundled)
    assert found.code not in SUPPORTED
    assert found.is_other or found.code == code or code == "la"  # Latin words are common in many languages


def test_letters_decide_without_lexicon() -> None:
    assert detect_language("Łódź leży nad Łódką, a Śląsk na południu").code == "pl"
    assert detect_language("the payment is due " * 9) == UNKNOWN_LANGUAGE
    assert detect_language("Signed by Mr Łukasz Łaś, in plain English, " + "words " * 60) == UNKNOWN_LANGUAGE


def test_words_decide_from_dozen_on() -> None:
    assert detect_language("the payment is due " * 3, LEXICON).code == "en"
    assert detect_language("die zahlung ist due\n" * 9, LEXICON).code == "de"
    assert detect_language("the payment is due", LEXICON) == UNKNOWN_LANGUAGE
    assert detect_language("", LEXICON) == UNKNOWN_LANGUAGE
    undecided = detect_language("the die " * 12, LEXICON)
    assert undecided.code is None
    assert not undecided.is_other


def test_unknown_words_are_another_language() -> None:
    assert detect_language("the nugatory pelerine " * 12, LEXICON).is_other
    assert detect_language("the nugatory payment " * 12, LEXICON).code == "en"


class _Even:
    """A lexicon in which every word is equally common in two languages, in two domains."""

    languages = ("en", "de")

    def shares_of(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.full((len(words), 4), 1e-3, np.float32)


def test_posterior_sums_over_domains() -> None:
    found = dict(detect_language("some words of text " * 10, _Even()).probabilities)
    assert found == {"en": pytest.approx(0.5), "de": pytest.approx(0.5)}
    assert LanguagePosterior.certain(None) == UNKNOWN_LANGUAGE
