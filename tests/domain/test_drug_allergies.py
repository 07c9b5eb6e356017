"""Drug allergies: the same substance stops, relatives follow their row, silence is no answer."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import domain
from domain.allergies import Allergy, AllergyState, Category, Clinical, Criticality, Kind, Severity
from domain.allergy_rows import ROWS, VOCABULARY, When, meant
from domain.drug_allergies import allergic as is_allergic
from domain.drug_allergies import check, severe
from domain.formulary import FORMULARY
from domain.prescribing import Finding, Order, Sensitivity, Tier
from tests.prescriptions import allergic, ordered, patient, reacted

with (Path(domain.__file__).parent / "data" / "allergy_classes.csv").open(
    encoding="utf-8", newline=""
) as file:
    TABLE = list(csv.DictReader(file))
STOP, REASON, INLINE = Tier.STOP, Tier.REASON, Tier.INLINE
BAD, MILD = ("anaphylaxis",), ("nausea",)
Row = tuple[str, str, tuple[str, ...], str, Tier | None]


def found(name: str, *sensitivities: Sensitivity) -> tuple[Finding, ...]:
    return check(ordered(name), allergic(*sensitivities))


def worst(name: str, substance: str, *reactions: str, **more) -> Tier | None:
    hit = found(name, reacted(substance, *reactions, **more))
    return hit[0].tier if hit else None


#: group of the table, who reacted to what and how, what is ordered, how far it goes
EXAMPLES: list[Row] = [
    ("penicillin", "flucloxacillin", (), "amoxicillin", STOP),
    ("penicillin", "penicillin", MILD, "piperacillin and tazobactam", STOP),
    ("penicillin", "temocillin", (), "benzylpenicillin", STOP),
    ("penicillin", "co-amoxiclav", BAD, "flucloxacillin", STOP),
    ("aminopenicillin side chain", "amoxicillin", BAD, "cefalexin", STOP),
    ("aminopenicillin side chain", "ampicillin", MILD, "cefalexin", REASON),
    ("aminopenicillin side chain", "amoxicillin", (), "cefaclor", REASON),
    ("aminopenicillin side chain", "cefalexin", BAD, "amoxicillin", STOP),
    ("aminopenicillin side chain", "cefalexin", MILD, "co-amoxiclav", REASON),
    ("aminopenicillin side chain", "penicillin", BAD, "cefalexin", STOP),
    ("penicillin -> other cephalosporins", "benzylpenicillin", BAD, "ceftriaxone", REASON),
    ("penicillin -> other cephalosporins", "penicillin", MILD, "cefuroxime", INLINE),
    ("penicillin -> other cephalosporins", "penicillin", (), "ceftazidime", REASON),
    ("penicillin -> cefazolin", "amoxicillin", BAD, "cefazolin", INLINE),
    ("penicillin -> carbapenems", "penicillin", BAD, "meropenem", INLINE),
    ("penicillin -> aztreonam", "penicillin", BAD, "aztreonam", None),
    ("ceftazidime <-> aztreonam", "ceftazidime", BAD, "aztreonam", STOP),
    ("ceftazidime <-> aztreonam", "aztreonam", MILD, "ceftazidime", REASON),
    (
        "any beta-lactam after a severe delayed reaction",
        "amoxicillin",
        ("Stevens-Johnson syndrome",),
        "meropenem",
        STOP,
    ),
    (
        "any beta-lactam after a severe delayed reaction",
        "penicillin",
        ("DRESS",),
        "aztreonam",
        STOP,
    ),
    ("any beta-lactam after a severe delayed reaction", "meropenem", ("TEN",), "cefazolin", STOP),
    (
        "any beta-lactam after a severe delayed reaction",
        "cephalosporins",
        ("haemolytic anaemia",),
        "amoxicillin",
        STOP,
    ),
    ("cephalosporin by R1 group", "cefuroxime", MILD, "ceftriaxone", STOP),
    (
        "cephalosporin outside the R1 group, or index drug unknown",
        "cephalosporins",
        MILD,
        "ceftriaxone",
        REASON,
    ),
    (
        "cephalosporin outside the R1 group, or index drug unknown",
        "cefazolin",
        BAD,
        "ceftriaxone",
        REASON,
    ),
    ("carbapenem", "imipenem", MILD, "meropenem", STOP),
    ("trimethoprim", "trimethoprim", MILD, "co-trimoxazole", STOP),
    ("trimethoprim", "co-trimoxazole", MILD, "trimethoprim", STOP),
    ("sulfonamide antibiotic", "sulfadiazine", MILD, "co-trimoxazole", STOP),
    ("sulfonamide antibiotic", "sulfa", (), "sulfasalazine", STOP),
    ("sulfonamide antibiotic -> non-antibiotic", "co-trimoxazole", BAD, "furosemide", INLINE),
    ("sulfonamide antibiotic -> non-antibiotic", "sulfonamides", BAD, "tamsulosin", INLINE),
    ("NSAID cross-intolerance", "aspirin", MILD, "ibuprofen", REASON),
    ("NSAID cross-intolerance", "ibuprofen", (), "ketorolac", REASON),
    ("NSAID cross-intolerance", "aspirin", ("angioedema",), "naproxen", STOP),
    (
        "NSAID cross-intolerance",
        "NSAIDs",
        ("aspirin-exacerbated respiratory disease",),
        "diclofenac",
        STOP,
    ),
    ("opioid", "codeine", BAD, "morphine", REASON),
    ("opioid", "codeine", ("itching",), "oxycodone", INLINE),
    ("opioid", "morphine", (), "fentanyl", REASON),
    ("heparin (HIT)", "enoxaparin", ("HIT",), "heparin", STOP),
    ("heparin (HIT)", "heparin", (), "dalteparin", STOP),
    ("aromatic antiepileptics", "phenytoin", BAD, "carbamazepine", REASON),
    ("macrolide", "erythromycin", BAD, "clarithromycin", REASON),
    ("fluoroquinolone", "quinolones", MILD, "levofloxacin", REASON),
    ("aminoglycoside", "neomycin", (), "gentamicin", REASON),
    ("tetracycline", "minocycline", (), "doxycycline", REASON),
    ("glycopeptide", "vancomycin", (), "teicoplanin", REASON),
    ("ACE inhibitor angioedema", "enalapril", ("angioedema",), "ramipril", STOP),
    ("ACE inhibitor angioedema", "ramipril", (), "sacubitril and valsartan", STOP),
    ("ACE inhibitor angioedema", "ramipril", ("angioedema",), "losartan", INLINE),
    ("local anaesthetic amide / ester", "ropivacaine", (), "lidocaine", REASON),
    ("local anaesthetic amide / ester", "lidocaine", BAD, "procaine", None),
    ("latex", "latex", BAD, "amoxicillin", None),
    ("egg / soya", "egg", BAD, "propofol", INLINE),
    ("egg / soya", "soya", (), "propofol", INLINE),
    ("contrast medium", "iodinated contrast", BAD, "amiodarone", None),
    ("chlorhexidine", "chlorhexidine", BAD, "amoxicillin", None),
    ("neuromuscular blocker", "atracurium", MILD, "rocuronium", REASON),
    ("neuromuscular blocker", "rocuronium", BAD, "suxamethonium", STOP),
    ("azole", "itraconazole", BAD, "fluconazole", INLINE),
]


@pytest.mark.parametrize(
    ("group", "substance", "reactions", "name", "tier"),
    EXAMPLES,
    ids=[f"{row[1]}-{'-'.join(row[2])}-{row[3]}" for row in EXAMPLES],
)
def test_a_relative_goes_as_far_as_its_row_says(
    group: str, substance: str, reactions: tuple[str, ...], name: str, tier: Tier | None
) -> None:
    hit = found(name, reacted(substance, *reactions))
    assert [finding.tier for finding in hit] == ([tier] if tier else [])
    if tier and hit[0].rule != "allergy":
        assert group in {row.group for row in ROWS if row.id == hit[0].rule}


def test_every_group_of_the_table_has_an_example() -> None:
    assert {row[0] for row in EXAMPLES} == {row["group"] for row in TABLE}
    assert len(TABLE) == 31


@pytest.mark.parametrize("row", TABLE, ids=[row["group"] for row in TABLE])
def test_a_row_is_read_as_it_stands(row: dict[str, str]) -> None:
    read = [one for one in ROWS if one.group == row["group"]]
    assert all((one.reason, one.source) == (row["reason"], row["source"]) for one in read)
    assert len(read) == (2 if "both directions" in row["reason"] else 1)
    text = row["default_alert"]
    first = {"hard stop": STOP, "interruptive": REASON, "passive": INLINE, "none": None}
    expected = next(tier for word, tier in first.items() if text.startswith(word))
    if "hard stop after" in text or "hard stop for" in text:
        expected = STOP
    assert read[0].alert.then is expected
    assert (read[0].alert.otherwise is not None) is (
        "wise" in text or "else" in text or "(" in text
    )
    conditional = read[0].alert.when is not When.ALWAYS
    assert conditional is (" if " in text or "(" in text or "overrides" in text)


@pytest.mark.parametrize("row", TABLE, ids=[row["group"] for row in TABLE])
def test_every_named_member_of_a_group_counts(row: dict[str, str]) -> None:
    (first, *_) = [one for one in ROWS if one.group == row["group"]]
    words = {"penicillins", "cephalosporins", "sulfonamide antibiotic allergy", "heparin"}
    for name in (name.strip() for name in row["index_substances"].split(";")):
        if name not in words and "index:" not in name and first.group != "egg / soya":
            assert name in first.index
            assert meant(name) & first.index


@pytest.mark.parametrize("name", FORMULARY, ids=list(FORMULARY))
def test_the_same_medicine_stops_for_an_allergy_and_asks_for_an_intolerance(name: str) -> None:
    for known_as in (name, *FORMULARY[name].also_known_as, name.upper()):
        assert worst(name, known_as) is STOP
        assert worst(name, known_as, kind=Kind.INTOLERANCE) is REASON
        assert worst(name, known_as, "nausea", severity=Severity.MILD) is STOP


@pytest.mark.parametrize("drug", FORMULARY.values(), ids=list(FORMULARY))
def test_every_ingredient_of_a_medicine_counts(drug) -> None:
    for ingredient in drug.ingredients:
        (finding,) = found(drug.generic, reacted(ingredient))
        assert (finding.rule, finding.tier) == ("allergy", STOP)


@pytest.mark.parametrize("name", [name for name, drug in FORMULARY.items() if drug.allergy_class])
def test_a_class_that_is_named_as_a_whole_never_passes_silently(name: str) -> None:
    kind = FORMULARY[name].allergy_class
    if kind == "sulfonamide non-antibiotic":
        return  # no allergy class of its own: the table has no row for it
    for text in (kind, f"{kind}s", kind.upper()):
        assert worst(name, text) in {STOP, REASON, INLINE}
    assert (worst(name, kind) is INLINE) is (kind == "azole")


def test_the_finding_says_what_whom_and_why() -> None:
    (finding,) = found("ceftriaxone", reacted("Penicillin", "anaphylaxis"))
    assert finding.sentence == "Allergy to Penicillin (anaphylaxis): cefTRIAXone is related."
    assert finding.management.startswith("side chains differ")
    assert finding.about == ("ceftriaxone", "Penicillin")
    (same,) = found("amoxicillin", reacted("amoxicillin"))
    assert same.sentence == "Allergy to amoxicillin: amoxicillin is the same."
    (part,) = found("co-amoxiclav", reacted("amoxicillin", kind=Kind.INTOLERANCE))
    assert part.sentence == (
        "Intolerance to amoxicillin: amoxicillin and clavulanic acid contains amoxicillin."
    )
    (one_of,) = found("atorvastatin", reacted("statins"))
    assert one_of.sentence == "Allergy to statins: atorvastatin is one of them."


def test_an_intolerance_goes_one_step_less_far_to_relatives() -> None:
    for substance, name, allergy, intolerance in (
        ("amoxicillin", "flucloxacillin", STOP, REASON),
        ("vancomycin", "teicoplanin", REASON, INLINE),
        ("fluconazole", "voriconazole", INLINE, INLINE),
        ("ibuprofen", "naproxen", REASON, REASON),  # pharmacological, not immunological
    ):
        assert worst(name, substance) is allergy
        assert worst(name, substance, "rash", kind=Kind.INTOLERANCE) is intolerance


@pytest.mark.parametrize(
    "reaction", ["anaphylaxis", "Angio-oedema", "angioedema", "SJS", "thrombocytopenia", "HIT"]
)
def test_what_was_an_allergy_is_one_however_it_was_typed(reaction: str) -> None:
    assert is_allergic(reacted("enoxaparin", reaction, kind=Kind.INTOLERANCE))
    assert worst("enoxaparin", "enoxaparin", reaction, kind=Kind.INTOLERANCE) is STOP
    assert worst("heparin", "enoxaparin", reaction, kind=Kind.INTOLERANCE) is STOP


@pytest.mark.parametrize(
    ("sensitivity", "graded"),
    [
        (reacted("x", "Anaphylactic shock"), True),
        (reacted("x", "generalised urticaria"), True),
        (reacted("x", "laryngeal oedema"), True),
        (reacted("x", severity=Severity.SEVERE), True),
        (reacted("x", "rash", severity=Severity.MODERATE), False),
        (reacted("x", severity=Severity.MILD), False),
        (reacted("x", "nausea", "pruritus"), False),
        (reacted("x", "nausea", "rash"), None),
        (reacted("x", "rash"), None),
        (reacted("x"), None),
        (Sensitivity(Allergy("x", criticality=Criticality.HIGH)), True),
        (Sensitivity(Allergy("x", criticality=Criticality.LOW)), False),
        (Sensitivity(Allergy("x", criticality=Criticality.UNABLE_TO_ASSESS)), None),
        (reacted("x", "anaphylaxis", severity=Severity.MILD), True),
    ],
)
def test_a_reaction_is_severe_mild_or_nobody_knows(
    sensitivity: Sensitivity, graded: bool | None
) -> None:
    assert severe(sensitivity) is graded


@pytest.mark.parametrize(
    ("word", "stops"),
    [
        ("TEN", True),
        ("after ten minutes", False),
        ("DRESS", True),
        ("could not dress", False),
        ("toxic epidermal necrolysis", True),
        ("serum sickness", True),
        ("hemolytic anemia", True),
        ("drug-induced hepatitis", True),
        ("acute interstitial nephritis", True),
        ("AGEP", True),
        ("rash", False),
    ],
)
def test_a_severe_delayed_reaction_closes_all_beta_lactams(word: str, stops: bool) -> None:
    assert worst("meropenem", "penicillin", word) is (STOP if stops else INLINE)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("anaphylaxis to penicillin", {"any penicillin"}),
        ("Amoxicillin 500 mg capsules", {"amoxicillin"}),
        ("penicillin v", {"phenoxymethylpenicillin"}),
        ("Beta-Lactams", {"any penicillin", "any cephalosporin", "any carbapenem"}),
        ("acetylsalicylic acid", {"aspirin"}),
        ("peanut", set()),
        ("", set()),
    ],
)
def test_a_text_is_read_for_the_names_in_it(text: str, names: set[str]) -> None:
    assert meant(text) == names


def test_a_text_nobody_can_compare_is_said_beside_the_order() -> None:
    (finding,) = found("amoxicillin", reacted("Septrin"))
    assert (finding.rule, finding.tier) == ("allergy-text", INLINE)
    assert "Compare by hand" in finding.sentence
    peanut = Sensitivity(Allergy("peanut"), category=Category.FOOD)
    assert found("amoxicillin", peanut) == ()
    pollen = Sensitivity(Allergy("birch pollen"), category=Category.ENVIRONMENT)
    assert found("amoxicillin", pollen) == ()
    drug = Sensitivity(Allergy("Septrin"), category=Category.MEDICATION)
    assert found("amoxicillin", drug)


def test_a_medicine_outside_the_formulary_is_compared_by_its_name() -> None:
    assert worst("clomipramine", "Clomipramine") is STOP


def test_what_is_over_or_refuted_is_not_asked() -> None:
    past = Sensitivity(Allergy("amoxicillin", clinical=Clinical.RESOLVED))
    latex = reacted("latex")
    assert check(ordered("amoxicillin"), allergic(past, latex)) == ()


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (AllergyState.NOT_RECORDED, "Allergies are not recorded."),
        (AllergyState.UNAVAILABLE, "Allergies are unavailable."),
        (AllergyState.KNOWN, "Allergies are unavailable."),  # known, and none came to be read
    ],
)
def test_allergies_nobody_knows_ask_for_a_reason(state: AllergyState, sentence: str) -> None:
    (finding,) = check(ordered("paracetamol"), patient(allergy_state=state))
    assert (finding.rule, finding.tier, finding.sentence) == ("allergy-state", REASON, sentence)


def test_no_known_allergies_is_an_answer() -> None:
    assert check(ordered("amoxicillin"), patient()) == ()


def test_each_allergy_is_said_for_itself() -> None:
    hit = found("amoxicillin", reacted("penicillin"), reacted("cefalexin"), reacted("latex"))
    assert [finding.about[1] for finding in hit] == ["penicillin", "cefalexin"]


SUBSTANCES = st.sampled_from(sorted(VOCABULARY))
REACTIONS = st.lists(
    st.sampled_from(["anaphylaxis", "rash", "nausea", "angioedema", "SJS", "HIT", "cough"]),
    max_size=2,
)
SENSITIVITIES = st.builds(
    lambda substance, words, severity, kind: reacted(
        substance, *words, severity=severity, kind=kind
    ),
    SUBSTANCES,
    REACTIONS,
    st.none() | st.sampled_from(list(Severity)),
    st.sampled_from(list(Kind)),
)
ORDERS = st.builds(ordered, st.sampled_from(sorted(FORMULARY)))


@given(ORDERS, st.lists(SENSITIVITIES, min_size=1, max_size=5), SENSITIVITIES, st.randoms())
def test_one_more_allergy_takes_nothing_away_and_their_order_is_nothing(
    order: Order, known: list[Sensitivity], more: Sensitivity, chance
) -> None:
    before = set(check(order, allergic(*known)))
    mixed = [*known, more]
    chance.shuffle(mixed)
    assert before <= set(check(order, allergic(*mixed)))


@given(ORDERS, SUBSTANCES, REACTIONS)
def test_an_allergy_weighs_no_less_than_an_intolerance(
    order: Order, substance: str, words: list[str]
) -> None:
    hard = check(order, allergic(reacted(substance, *words)))
    soft = check(order, allergic(reacted(substance, *words, kind=Kind.INTOLERANCE)))
    assert [finding.about for finding in hard] == [finding.about for finding in soft]
    for one, other in zip(hard, soft, strict=True):
        assert one.tier.rank >= other.tier.rank


@given(ORDERS, SUBSTANCES)
def test_a_severe_reaction_weighs_no_less_than_a_mild_one(order: Order, substance: str) -> None:
    def tiers(severity: Severity | None) -> list[int]:
        hit = check(order, allergic(reacted(substance, severity=severity)))
        return [finding.tier.rank for finding in hit]

    mild, unknown, bad = tiers(Severity.MILD), tiers(None), tiers(Severity.SEVERE)
    assert mild <= unknown <= bad
