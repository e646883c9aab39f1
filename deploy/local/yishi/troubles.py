"""What a server's last words mean, and what to do about it."""

import re
import signal

LIBRARIES = {
    "libcurl": "libcurl4",
    "libssl": "libssl3",
    "libcrypto": "libssl3",
    "liblzma": "liblzma5",
    "libgcc_s": "libgcc-s1",
}
"""The Debian package of each library that mongod needs beside the C library; what these need, apt brings itself."""

ELSEWHERE = "or set YISHI_NATS_URL / YISHI_MONGO_URL to servers that run elsewhere"

_WORDS = {
    r"No space left on device|OutOfDiskSpace|no space available": (
        "the disk is full; free some space, or take another folder with --data"
    ),
    r"Address already in use|address already in use|SocketException.*bind": (
        "somebody else has just taken its port; start again, and another one is chosen"
    ),
    r"UPGRADE PROBLEM|featureCompatibilityVersion": (
        "the data folder was written by another version of mongod that this one cannot read; start that version, or "
        "take another folder with --data"
    ),
    r"DBPathInUse|Unable to lock the lock file": (
        "another mongod is using the same data folder; stop it, or take another folder with --data"
    ),
    r"Attempted to create a lock file on a read-only|Permission denied|permission denied": (
        "it may not write to its data folder; give the folder to this user, or take another one with --data"
    ),
    r"version `GLIBC_\S+' not found|version `GLIBCXX_\S+' not found": (
        f"it was built for a newer system than this one; put a server made for this system on PATH, {ELSEWHERE}"
    ),
    r"Too many open files|too many open files": "too many files are open; raise the limit with `ulimit -n 4096`",
}
_EXIT_CODES = {48: "Address already in use", 62: "UPGRADE PROBLEM", 100: "DBPathInUse"}
_LIBRARY = re.compile(r"error while loading shared libraries: ((\w+?)(?:-[\d.]+)?\.so[\w.]*)")


def explain(exit_code: int | None, words: str) -> str | None:
    """Say what went wrong and what to do; nothing where the words are not known."""
    if missing := _LIBRARY.search(words):
        return _install(missing[1], missing[2])
    if exit_code == -signal.SIGILL:
        return f"this processor lacks instructions it needs (AVX); put an older mongod on PATH, {ELSEWHERE}"
    known = words + _EXIT_CODES.get(exit_code or 0, "")
    return next((advice for pattern, advice in _WORDS.items() if re.search(pattern, known)), None)


def _install(library: str, stem: str) -> str:
    package = LIBRARIES.get(stem)
    hint = (
        f"on Debian or Ubuntu `apt-get install {package}`" if package else f"install the package that brings {library}"
    )
    return f"the system library {library} is missing; {hint}, {ELSEWHERE}"
