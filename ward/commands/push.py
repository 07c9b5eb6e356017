"""Push: `ward push …`: the key by which push services know this installation."""

import typer

from ward.cli import Json, app, console

push = typer.Typer(help="Alerts on phones.", no_args_is_help=True)
app.add_typer(push, name="push")


@push.callback()
def phones() -> None:
    """Alerts on phones."""


@push.command("key")
def make_key(json: Json = False) -> None:  # noqa: FBT002
    """Print a new key pair; nothing is stored, and every run prints another."""
    from ward.security.vapid import new_key, public_of

    del json
    private = new_key()
    public = public_of(private)
    told = (
        f"Private key: {private}\n"
        f"Public key:  {public}\n"
        "Keep the private key secret: set WARD_PUSH_KEY to it (or WARD_PUSH_KEY_FILE to a file "
        "with it) and WARD_PUSH_CONTACT to mailto:you@your.hospital, then start Ward again."
    )
    console.say(told, private=private, public=public)
