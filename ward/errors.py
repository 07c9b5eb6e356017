"""Errors: what can go wrong, each with the sentence a person reads."""

from collections.abc import Mapping
from uuid import UUID


class WardError(Exception):
    """A refusal with a status and a sentence; mapped to an answer in one place."""

    status = 500
    discloses = False  # its answer shows people: then it is a look like any other

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    async def complete(self) -> None:
        """Read what else a disclosing answer says, when all is undone and nothing is locked."""


class SignedOut(WardError):
    """Nobody is signed in, or the session ended (401)."""

    status = 401

    def __init__(self, sentence: str = "Sign in to go on.") -> None:
        super().__init__(sentence)


class Locked(SignedOut):
    """The session is locked: by hand, or because nobody used it for a while (401)."""

    def __init__(self) -> None:
        super().__init__("Locked because nobody used it for a while. Sign in to go on.")


class FactorDue(WardError):
    """The role needs a second factor, and the person has none yet (403)."""

    status = 403

    def __init__(self) -> None:
        super().__init__("Your role needs a second factor. Set one up to go on.")


class PasswordDue(WardError):
    """Somebody else chose the person's password; they choose their own first (403)."""

    status = 403

    def __init__(self) -> None:
        super().__init__("Somebody else chose your password. Choose your own to go on.")


class ProveAgain(WardError):
    """What was asked for needs a fresh proof of who asks (403); what was typed is kept."""

    status = 403

    def __init__(self) -> None:
        super().__init__("Confirm that it is you. What you entered is kept.")


class Forbidden(WardError):
    """The role does not permit it (403)."""

    status = 403

    def __init__(self, sentence: str = "Your role does not include this.") -> None:
        super().__init__(sentence)


class NoRelation(Forbidden):
    """The role would permit it, but nothing explains this patient to this person (403)."""

    def __init__(self, patient_id: UUID) -> None:
        super().__init__("You can see this with a care relationship.")
        self.patient_id = patient_id


class Missing(WardError):
    """There is no such thing, or it lies outside the branch (404)."""

    status = 404

    def __init__(self, sentence: str = "This was not found.") -> None:
        super().__init__(sentence)


class Stale(WardError):
    """Somebody else changed it since the form was drawn (409)."""

    status = 409

    def __init__(
        self, sentence: str = "This changed while you were looking. Nothing was saved."
    ) -> None:
        super().__init__(sentence)


class Invalid(WardError):
    """Fields that cannot be read (422): field name to sentence."""

    status = 422

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("Not saved. " + " ".join(fields.values()))
        self.fields = dict(fields)


class TooLarge(WardError):
    """A body beyond what any form here needs (413)."""

    status = 413

    def __init__(self) -> None:
        super().__init__("This is too large. Nothing was saved.")


class Busy(WardError):
    """Too many tries; come back later (429)."""

    status = 429

    def __init__(self, sentence: str, retry_after: int) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class Unavailable(WardError):
    """A store does not answer, so nothing is shown and nothing saved (503)."""

    status = 503

    def __init__(
        self, sentence: str = "Ward cannot reach its database. Nothing was saved."
    ) -> None:
        super().__init__(sentence)


class TrailUnavailable(Unavailable):
    """The audit row was not taken in time, so nothing may be shown (503)."""

    def __init__(self) -> None:
        super().__init__(
            "This look could not be recorded, so nothing is shown. Try again in a moment."
        )


SENTENCES: dict[str, str] = {}


def explain(constraint: str, sentence: str) -> None:
    """Say what it means on the ward when the database refuses by this constraint."""
    SENTENCES[constraint] = sentence
