"""Launch: become a child that cannot outlive its parent and is never root; then run a server.

Run as `python -I -S launch.py PARENT USER PROBE[:PROBE…] SIGNAL COMMAND…` by ward.dev.child, so
that no Python runs between fork and exec in a process that may have threads. Standard library
only. Order matters: the kernel forgets the parent-death signal when the user changes, so it is
asked for last.
"""

import contextlib
import ctypes
import os
import pwd
import sys
from pathlib import Path

_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_SET_SECUREBITS = 28
_NO_SETUID_FIXUP = 1 << 2
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAPABILITY_VERSION_3 = 0x20080522
_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2
_CAP_SETPCAP = 8


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def main() -> None:
    """Leave the terminal's group, leave root, tie this life to the parent's, run the command."""
    parent, user, probes, signal, *command = sys.argv[1:]
    os.setsid()  # Ctrl-C in a terminal is for the parent, which stops us in order
    os.umask(0o077)
    if os.geteuid() == 0 and user:
        _leave_root(pwd.getpwnam(user), probes.split(":"))
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, int(signal))
        if os.getppid() != int(parent):  # it died before we asked
            sys.exit("The process that started this server is gone.")
    os.execv(command[0], command)  # noqa: S606 - the command comes from ward.dev alone


def _leave_root(user: pwd.struct_passwd, probes: list[str]) -> None:
    """Become `user`; keep the right to look past closed folders only where one is in the way."""
    keep = sys.platform == "linux" and _prctl(_PR_SET_KEEPCAPS, 1)
    try:
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
    except OSError:  # this container knows one user only: take another name for the same one
        _rename(user.pw_uid)
        return
    if all(os.access(probe, os.R_OK) for probe in probes):
        if keep:
            _hold(0)
        return
    if keep:
        _count_capabilities()
    for capability in (_CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE) if keep else ():
        granted = _hold(1 << capability)
        if granted and _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability) and _read(probes):
            return
    sys.exit(f"User {user.pw_name} may not read {' or '.join(probes)}.")


def _count_capabilities() -> None:
    """Have access() count what we keep: PostgreSQL asks it whether its own programs are there."""
    kept = 1 << _CAP_SETPCAP | 1 << _CAP_DAC_OVERRIDE
    if _hold(kept | 1 << _CAP_DAC_READ_SEARCH) or _hold(kept):
        _prctl(_PR_SET_SECUREBITS, _NO_SETUID_FIXUP)


def _rename(uid: int) -> None:
    """Enter a user namespace in which this root is called `uid` and keeps its files."""
    if ctypes.CDLL(None).unshare(_CLONE_NEWUSER) != 0:
        sys.exit("This root may neither become another user nor open a user namespace.")
    Path("/proc/self/uid_map").write_text(f"{uid} 0 1\n", "ascii")


def _read(probes: list[str]) -> bool:
    """Try for real: access() does not count capabilities."""
    with contextlib.suppress(OSError):
        for probe in probes:
            os.close(os.open(probe, os.O_RDONLY))
        return True
    return False


def _hold(bits: int) -> bool:
    """Keep exactly these capabilities, ready to be handed over exec."""
    header, data = _Header(_CAPABILITY_VERSION_3, 0), (_Data * 2)()
    data[0] = _Data(bits, bits, bits)
    return bool(ctypes.CDLL(None).capset(ctypes.byref(header), ctypes.byref(data)) == 0)


def _prctl(option: int, first: int, second: int = 0) -> bool:
    return bool(ctypes.CDLL(None).prctl(option, first, second, 0, 0) == 0)


if __name__ == "__main__":
    main()
