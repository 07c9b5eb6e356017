"""Questions: what a chart must know and only higher modules can tell; asked with patients' ids.

`on_the_banner`: "place" (D0), with `ward`, `bed`, `admitted_at`, `here_since`, `home_label`;
"family", a list of D0 (`patient_id`, `kin`, `ward`, `bed`) of mother and infants;
    "resuscitation" (D3: `status`, `word`, `review`); lists whose name begins with "flags": chips.
`on_the_list`: "place" (D0), with `ward` and `bed`: for many patients at once.
`on_the_summary`: one panel for each answer, drawn by `patients/_<name of the answer>.html`.
`where_shown`: wards whose boards name this patient besides the one they lie on.
`beside_whom`: mother and infants, of whom the chart tells already: no warning of their names.
`what_moves`: how many rows of each kind a merge would carry over, before anybody merges.
"""

from ward.ask import Question

on_the_banner = Question("on_the_banner")
on_the_list = Question("on_the_list")
on_the_summary = Question("on_the_summary")
where_shown = Question("where_shown")
beside_whom = Question("beside_whom")
what_moves = Question("what_moves")
