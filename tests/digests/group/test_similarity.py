from digests.group.terms import containment, novelty, sketch, vocabulary

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


def test_novelty_is_the_share_of_words_not_heard_before() -> None:
    known = vocabulary(["quake", "kills", "ten"])
    assert novelty(["quake", "kills", "ten"], known) == 0.0
    assert novelty(["mayor", "resigns"], known) == 1.0
    assert novelty(["quake", "mayor"], known) == 0.5
    assert novelty([], known) == 0.0
