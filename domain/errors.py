"""Errors: what the rules say when they say no."""


class NotAllowed(Exception):
    """A rule refuses; the message is a sentence the nurse reads, the code is for machines."""

    def __init__(self, sentence: str, code: str = "not-allowed") -> None:
        """Keep the sentence for the screen and the code for FHIR and HL7 answers."""
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
