# ruff: noqa: E501 - a table of sentences reads best one case a line
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarizer.writing.checking import check, supporters

from .writing_texts import article, sentence

OUTBREAK = (
    "The health ministry says the flooding has triggered an outbreak that has killed 775 people "
    "since May."
)
FERRY = (
    "A ferry with 212 people on board ran aground near Lindholm on Sunday night, and nine people "
    "were slightly injured, the coastguard said."
)
MAYOR = (
    "Mayor Ada Brandt slammed Governor Leo Hart on Monday for allegedly hiding a report about the "
    "Vesta bridge."
)


def problems(text: str, *sources: str) -> str:
    evidence = [sentence(s, n) for n, s in enumerate(sources, start=1)]
    return " / ".join(check(text, evidence).problems)


@pytest.mark.parametrize("source", [OUTBREAK, FERRY, MAYOR])
def test_a_source_sentence_bears_itself_out(source: str) -> None:
    assert check(source, [sentence(source)]).supported
    assert check(source.rstrip("."), [sentence(source)]).supported


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("Mayor Ada Brandt criticised Governor Leo Hart for allegedly hiding a report.", MAYOR),
        ("A ferry with 212 people on board ran aground near Lindholm, the coastguard said.", FERRY),
        ("The coastguard said a ferry with 212 people ran aground near Lindholm.", FERRY),
        ("The flooding has triggered an outbreak, the health ministry says.", OUTBREAK),
        ("A man was arrested in Arlund.", "A man who shot five people was arrested in Arlund on Friday."),
        ("According to a letter seen in Arlund, the harbour board fined 9 firms.", "The harbour board fined 9 firms, according to a letter seen in Arlund on Friday."),
        ("The court ruled that the harbour board must pay Ada Brandt.", "The harbour board must pay Ada Brandt, the court ruled."),
        ("Nine workers were arrested by police.", "Police arrested nine workers outside the plant."),
        ("The bank cut 1.2 million dollars.", "The bank cut $1.2 million from its budget."),
        ("The fund lost 5 percent.", "The fund lost five per cent last year."),
        ("The firm, which makes tyres, said it would close.", "The firm, which makes tires, said it would close."),
        ("The bridge stands.", "No doubt the bridge stands."),
        ("The port closed after the storm.", "The port closed in the wake of the storm."),
        ("The mayor criticised the board.", "The mayor ripped into the board on Monday."),
        ("Several boats sank.", "A number of boats sank."),
        ("The board raised fees.", "The board not only raised fees but closed the port."),
        ("The vote was held in the US.", "The vote was held in the United States."),
        ("Russian boats left the port.", "Russia boats left the port on Friday."),
        ("The mayor is expected to speak.", "The mayor is expected to speak on Friday."),
        ("Ada Brandt, who lost the vote, said the count was fair.", "Ada Brandt, who lost the vote in May, said the count was fair."),
        ("The bridge is safe, the builder said.", '"The bridge is safe," said the builder.'),
        ("The bridge was closed in May.", "The bridge (built in 1994) was closed in May."),
        ("The council approved the plan; the mayor objected.", "The council approved the plan; the mayor objected to it."),
        ("Norland has raised 3 million euros.", "Norland is a company that has raised 3 million euros."),
        ("A man who shot a dog was jailed.", "A man who shot a dog in what a judge called a rage was jailed."),
        ("Ada Brandt was cleared of fraud.", "Ada Brandt, who led the fund for a year after it was sold, was on Friday cleared of fraud."),
        ("Tourists on an island were rescued.", "Tourists on an island after a heavy storm were rescued."),
        ("The coast road will be closed.", "The coast road will be closed this week."),
        ("Hart denied theft, fraud, or arson.", "Hart denied fraud, arson or theft."),
        ("The plan pays for healthcare.", "The plan pays for health care and schools."),
        ('"The count is done," Hart said.', '"The count is done," Council President Leo Hart, a lawyer, said on Friday.'),
        ("On Friday President Hart closed the port.", "President Hart closed the port on Friday."),
        ("The rules bind the Brandt Administration.", "The rules bind the Brandt administration."),
        ("Transport Office (TO) Secretary Hart resigned.", "Transport Office (TO) Secretary Leo Hart resigned."),
        ("Transport Office Secretary Hart resigned.", "Transport Office (TO) Secretary Leo Hart resigned."),
        ("His wife sold the boat.", "His third wife sold the boat."),
        ("No. 10 rejected the plan.", "No. 10 firmly rejected the plan."),
        ("Hart said the firm has been creating a pretext.", 'Hart said the firm has been "creating a pretext" for years.'),
        ("We saw the ferry sink.", "We all saw the ferry sink."),
        ("The paper launches in Arlund.", "The paper launches in Arlund thanks to a loan."),
        ("The mayor ended the row by resigning.", "The mayor ended the row by resigning on Friday."),
        ("Police asked about it.", "Police asked about it when the vote was over."),
    ],
)  # fmt: skip
def test_a_faithful_shorter_sentence_is_borne_out(text: str, source: str) -> None:
    assert problems(text, source) == ""


@pytest.mark.parametrize(
    ("text", "source", "problem"),
    [
        ("A ferry with 221 people on board ran aground, the coastguard said.", FERRY, "number not in"),
        ("A ferry with nine people on board ran aground, the coastguard said.", FERRY, "order turned"),
        ("Police arrested 12 people.", "Police arrested at least 12 people.", "not as exact"),
        ("The town spent 5 billion dollars.", "The town spent 5 million dollars.", "number not in"),
        ("The train left on Tuesday.", "The train left on Monday.", "date not in the source"),
        ("The law passed on 3 May 2025.", "The law passed on 3 May 2024.", "date not in the source"),
        ("Ada Brandt resigned.", "Ada Hart resigned.", "name not in the source: 'Brandt'"),
        ("Ada Hart met Leo.", "Ada Brandt met Leo Hart.", "names joined"),
        ("The minister called it “a great day”.", "The minister called it “a good day”.", "quotation"),
        ('The minister called it "good.', "The minister called it good.", "not closed"),
        ("The firm has agreed the deal.", "The firm has not agreed the deal.", "negation lost"),
        ("The firm has not agreed the deal.", "The firm has agreed the deal.", "negation"),
        ("The firm agreed the deal.", "The firm never agreed the deal.", "negation lost"),
        ("Mayor Ada Brandt criticised Leo Hart for hiding a report.", MAYOR, "doubt lost"),
        ("The storm will hit Arlund.", "The storm may hit Arlund.", "doubt"),
        ("The storm may hit Arlund.", "The storm hit Arlund.", "doubt not in the source"),
        ("The senate visited Arlund.", "The senate plans to visit Arlund.", "told as done"),
        ("Smith attacked the officer.", "Smith denied attacking the officer.", "told as done"),
        ("An outbreak has killed 775 people since May.", OUTBREAK, "claim told as a fact"),
        ("A ferry ran aground near Lindholm on Sunday night.", FERRY, "claim told as a fact"),
        ("The bridge is safe.", "According to the builder, the bridge is safe.", "claim told as a fact"),
        ("Leo Hart said the bridge is safe.", "Ada Brandt said Leo Hart told her the bridge is safe.", "claim told as a fact"),
        ("Leo Hart said the bridge is safe.", "Ada Brandt told Leo Hart the bridge is safe.", "another speaker"),
        ("The mayor said the bridge is safe.", "The bridge is safe after its repair.", "attribution not in the source"),
        ("Shares rose 5 percent.", "Shares fell 5 percent.", "direction turned"),
        ("The talks ended before the vote.", "The talks ended after the vote.", "relation not in"),
        ("Leo Hart criticised Mayor Ada Brandt on Monday.", MAYOR, "order turned"),
        ("Leo Hart met Leo Hart.", "Leo Hart met Ada Brandt.", "told twice"),
        ("Few ferries left the harbour.", "Most ferries left the harbour on Monday.", "how many"),
        ("The house passed it, 227, on Monday.", "The house passed it, 227-203, on Monday.", "half of a result"),
        ("The firm won 7 seats and lost 3.", "The firm won 3 seats and lost 7.", "order turned"),
        ("The ministry has killed 775 people.", OUTBREAK, "wrong joint"),
        ("Five people were arrested in Arlund.", "A man who shot five people was arrested in Arlund.", "wrong joint"),
        ("The mayor shared the report.", "The mayor shared her view after reading the report.", "wrong joint"),
        ("The fans visited a fight.", "The fans visited Arlund after a fight.", "wrong joint"),
        ("The board praised the union.", "The board praised a plan that angered the union.", "wrong joint"),
        ("The mayor opened the bridge with glee.", "The mayor opened the bridge.", "word not in the source"),
        ("The mayor opened the.", "The mayor opened the bridge.", "ends in 'the'"),
        ("The mayor of Arlund.", "The mayor of Arlund resigned.", "no verb"),
        ("The council has attributed.", "The council has attributed the delay to rain.", "lost its object"),
        ("The plan is part.", "The plan is part of a reform.", "stops inside a phrase"),
        ("The committee expected.", "The committee expected to vote.", "lost its object"),
        ("Police arrested the union.", "The union was arrested by police.", "wrong joint"),
        ("The union arrested police officers.", "The union was arrested police officers say.", "passive"),
        ("We opened the bridge.", '"We opened the bridge," the mayor said.', "first person"),
        ("", "The mayor opened the bridge.", "empty"),
        ("The board did not not close the port.", "The board did not close the port.", "negation too many"),
        ("The board closed the port.", "The board wants to close the port.", "told as done"),
        ("The man stole a boat.", "Police accused the man of stealing a boat.", "told as done"),
        ("The mayor was to be questioned by.", "The mayor was to be questioned by the board.", "ends in 'by'"),
        ("The mayor will speak on Friday.", "The mayor is expected to speak on Friday.", "doubt lost"),
        ("The board said.", "The board said the port is safe for the boats.", ""),
        ("Ada Brandt is the female mayor of Arlund.", "Ada Brandt is the first female mayor of Arlund.", "'first' lost"),
        ("President Leo Hart spoke in Arlund.", "Former President Leo Hart spoke in Arlund.", "'Former' lost"),
        ("Vice Hart spoke in Arlund.", "Vice President Hart spoke in Arlund.", "half a title"),
        ("In every town will speak of the bridge.", "In every town, a poet will speak of the bridge.", "wrong joint"),
        ("The board published the text of the law, the vote on it.", "The board published the text of the law ahead of the vote on it.", "wrong joint"),
        ("The institute has not said the vaccine will cost.", "The institute has not said what the vaccine will cost.", "'what' lost"),
        ("Police do not know the boat sank.", "Police do not yet know why the boat sank.", "'why' lost"),
        ("The mayor defended the plan by saying.", "The mayor defended the plan by saying it would help the poor.", "lost its object"),
        ("The ads hurt one of them.", "The ads hurt one of them more than all others.", "stops inside a phrase"),
        ("The man stole $ from a boat.", "The man stole $500 from a boat.", "an amount is lost"),
        ("The lights stood below Arlund.", "The lights stood above Arlund.", "relation not in"),
        ("The count ended after the ferry left, before dawn.", "The count ended before the ferry left, before dawn.", "relation"),
        ("The board has no regard of this type.", "The board has no regard to complaints of this type.", "wrong joint"),
    ],
)  # fmt: skip
def test_what_is_not_borne_out_is_named(text: str, source: str, problem: str) -> None:
    assert problem in problems(text, source)


def test_without_evidence_nothing_is_borne_out() -> None:
    assert check("The bridge is safe.", []).problems == ("no source",)


def test_two_sentences_may_bear_out_what_neither_does_alone() -> None:
    first, second = "The ferry ran aground.", "Nine people were injured."
    text = "The ferry ran aground, and nine people were injured."
    assert not check(text, [sentence(first)]).supported
    assert check(text, [sentence(first), sentence(second, 2)]).supported


def test_the_subject_of_one_sentence_is_not_joined_to_the_verb_of_another() -> None:
    first, second = (
        "Ada Brandt opened the bridge on Monday.",
        "Divers rescued four boys from a cave.",
    )
    assert problems("Ada Brandt rescued four boys from a cave.", first, second) != ""


def test_a_weekday_stands_for_the_date_nearest_before_the_article() -> None:
    source = sentence("The train left on Sunday, 15 March.")
    dated = {"a1": article(1)}
    plain = sentence("The train left on 15 March.")
    assert check("The train left on Sunday.", [source], articles=dated).supported
    assert check("The train left on Sunday.", [plain], articles=dated).supported
    assert check(
        "The train left on 15 March.", [sentence("The train left yesterday.")], articles=dated
    ).supported
    assert not check("The train left on Sunday.", [plain]).supported
    assert not check("The train left on Saturday.", [plain], articles=dated).supported


def test_a_quotation_may_stand_elsewhere_in_the_cited_article() -> None:
    source = sentence("The minister called the bridge a great work.")
    text = 'The minister called the bridge "a great work".'
    assert check(text, [source]).supported
    odd = 'The minister called the bridge a "great step".'
    articles = {"a1": article(1, text="It is a great step, he said.")}
    assert any("quotation" in p for p in check(odd, [source]).problems)
    assert not any("quotation" in p for p in check(odd, [source], articles=articles).problems)


def test_the_outlet_itself_may_be_named_as_reporting() -> None:
    source = sentence("The bridge was closed after an alleged threat.")
    text = "The bridge was closed after an alleged threat, The Daily Oar reported."
    named = {"a1": article(1, outlet="The Daily Oar")}
    assert check(text, [source], articles=named).supported
    assert not check(text, [source], articles={"a1": article(1, outlet="Evening Sail")}).supported


def test_only_articles_that_alone_bear_out_the_sentence_are_its_supporters() -> None:
    sources = [
        sentence("The ferry ran aground near Lindholm with 212 people on board.", 1),
        sentence("The ferry ran aground near Lindholm on Sunday.", 2),
        sentence("A ferry sank.", 3),
        sentence("The ferry ran aground near Lindholm at night.", 2, 4),
    ]
    found = supporters("The ferry ran aground near Lindholm.", sources)
    assert [e.n for e in found] == [1, 2]
    assert found[1].text == sources[1].text


@settings(max_examples=60)
@given(st.integers(2, 99_999), st.integers(2, 99_999))
def test_a_number_is_borne_out_only_by_the_same_number(a: int, b: int) -> None:
    verdict = check(f"Police arrested {a} people.", [sentence(f"Police arrested {b:,} people.")])
    assert verdict.supported == (a == b)


@settings(max_examples=80)
@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_gets_a_verdict(text: str, source: str) -> None:
    verdict = check(text, [sentence(source)])
    assert verdict.supported == (not verdict.problems)
