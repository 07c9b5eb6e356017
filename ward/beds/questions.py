"""Questions: what the board must know and only higher modules can tell.

`on_the_card` is asked with ids of beds: occupant, stay, flags, news, due. `on_the_board` is asked
with the ward's id: who waits to come or go.
"""

from ward.ask import Question

on_the_card = Question("on_the_card")
on_the_board = Question("on_the_board")
