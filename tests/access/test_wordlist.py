"""Words that nobody may write: which texts hold one, and how long the search takes."""

import pytest

from tornchat.access.wordlist import WordList


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("casino", "casino"),
        ("casino", "the Casino, again"),
        ("casino", "(CASINO)!"),
        ("casino", "best_casino_ever"),
        ("casino", "ｃａｓｉｎｏ"),
        ("casino", "ca\u200bsi\u00adno"),
        ("casino", "c\u0336a\u0336s\u0336i\u0336n\u0336o"),
        ("CaSiNo", "casino"),
        ("straße", "STRASSE"),
        ("crypto*", "cryptocoins"),
        ("crypto*", "crypto"),
        ("*coin", "Dogecoin!"),
        ("*coin*", "bitcoiners"),
        ("c++", "I like C++."),
        ("🎰", "come 🎰🎰"),
        ("हिन्दी", "यह हिन्दी है"),
        ("café", "cafe\u0301"),
    ],
)
def test_word_is_found_however_it_is_dressed_up(word: str, text: str) -> None:
    assert WordList(["other", word]).find(text) == word


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("casino", "casinos"),
        ("casino", "mycasino"),
        ("casino", "ca sino"),
        ("crypto*", "encrypto"),
        ("*coin", "coins"),
        ("ass", "assess the class"),
        ("c++", "c plus plus, c"),
        ("*", "anything"),
        ("\u200b", "anything"),
    ],
)
def test_other_words_are_welcome(word: str, text: str) -> None:
    assert WordList([word]).find(text) is None


def test_list_of_nothing_finds_nothing() -> None:
    assert WordList([]).find("anything") is None
