"""Stores: the settings of a process, with an address for every store it needs."""

import contextlib
from collections.abc import Iterator

from pydantic import SecretStr

from ward.config import Settings
from ward.dev.embedded import embedded


@contextlib.contextmanager
def furnished(choice: Settings) -> Iterator[Settings]:
    """Give the settings back with both stores named; serve those that the environment leaves out.

    The embedded ones end with the block; a process that already serves them is joined.
    """
    postgres, redis = choice.database_url is None, choice.redis_url is None
    if not postgres and not redis:
        yield choice
        return
    with embedded(choice.home, postgres=postgres, redis=redis) as stores:
        named = {}
        if postgres:
            named["database_url"] = SecretStr(stores.database_url)
            named["database_owner_url"] = SecretStr(stores.owner_url)
        if redis:
            named["redis_url"] = SecretStr(stores.redis_url)
        yield choice.model_copy(update=named)
