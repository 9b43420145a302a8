from digests.group.similarity import containment, evidence, novelty, sketch, vocabulary

WIRE = (
    "A ferry with forty people on board ran aground off the northern cape on Monday after its engine "
    "failed in rough seas, the coast guard said, and all passengers were brought ashore by helicopter."
)


def test_a_text_with_an_added_line_contains_the_original() -> None:
    assert containment(sketch(WIRE), sketch(f"From our correspondent. {WIRE}")) > 0.9


def test_texts_with_other_wording_share_nothing() -> None:
    other = "Forty passengers of a stranded ship are safe, rescuers report; the motor had stopped in a storm."
    assert containment(sketch(WIRE), sketch(other)) < 0.1


def test_a_short_text_is_one_shingle_and_no_text_is_none() -> None:
    assert len(sketch("two words")) == 1
    assert len(sketch("…")) == 0


def test_terms_of_a_story_speak_for_it_and_strangers_against() -> None:
    shares = {"arvenna": 0.001, "police": 0.05, "galdara": 0.001}
    profile = {"arvenna": 3.0, "police": 3.0}

    def weigh(*terms: str) -> float:
        return evidence(dict.fromkeys(terms, 1.0), shares, profile, 6.0, 10.0)

    assert weigh("arvenna") > weigh("police") > 0 > weigh("galdara")
    assert weigh("arvenna", "galdara") < weigh("arvenna")


def test_novelty_is_the_share_of_words_not_heard_before() -> None:
    known = vocabulary(["quake", "kills", "ten"])
    assert novelty(["quake", "kills", "ten"], known) == 0.0
    assert novelty(["mayor", "resigns"], known) == 1.0
    assert novelty(["quake", "mayor"], known) == 0.5
    assert novelty([], known) == 0.0
