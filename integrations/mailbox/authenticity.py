"""What our own mail server found out about where a letter comes from (RFC 8601). Pure; knows neither Django nor rows.

`Authentication-Results` is a claim like everything in a letter, unless our server wrote it: only fields that carry its
name count, and RFC 8601, section 5, has it take away those that strangers wrote under that name.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MOST_FINDINGS = 50
_RESULT = re.compile(r"([a-z0-9-]{1,40}) ?(?:/ ?[0-9]{1,9} ?)?= ?([a-z]{1,20})\b")
_PROPERTY = re.compile(r"\b(header|smtp) ?\. ?([a-z-]{1,20}) ?= ?([^ ]{1,320})")
# Which property names the domain that a method speaks of.
_NAMED_BY = {
    "dmarc": ("header.from",),
    "dkim": ("header.d", "header.i"),
    "spf": ("smtp.mailfrom", "smtp.helo"),
}


@dataclass(frozen=True)
class Finding:
    """One result of one method; `domain` is the one it speaks of, "" where none is named."""

    method: str
    result: str
    domain: str


def refuted(fields: Iterable[str], *, servers: Iterable[str], domain: str) -> str:
    """Why `domain` is not where the letter comes from, as `dmarc=fail`; "" where nothing of ours says so.

    DMARC has the last word. Without one, a failure of SPF or DKIM counts for the sender's domain as long as the other
    of the two has not passed for it: forwarding breaks the one, mailing lists the other.
    """
    names = {name.lower() for name in servers}
    found = [f for field in fields for f in findings(field, names) if _speaks_of(f, domain)]
    said = {f.result for f in found if f.method == "dmarc"}
    if said & {"pass", "fail"}:
        return "dmarc=fail" if "fail" in said else ""
    others = [f for f in found if f.method in ("spf", "dkim")]
    if any(f.result == "pass" and f.domain for f in others):
        return ""
    return ", ".join(sorted({f"{f.method}={f.result}" for f in others if f.result == "fail"}))


def findings(field: str, servers: set[str]) -> Iterator[Finding]:
    """The results in one field; none where it was not written by one of the servers (names in lower case)."""
    name, *results = _bare(field).split(";")
    if not servers.intersection(name.split()[:1]):
        return
    for said in results[:MOST_FINDINGS]:
        if match := _RESULT.match(said.strip()):
            yield Finding(match[1], match[2], _domain(match[1], said))


def _domain(method: str, said: str) -> str:
    named = {f"{kind}.{name}": value for kind, name, value in _PROPERTY.findall(said)}
    value = next((named[p] for p in _NAMED_BY.get(method, ()) if p in named), "")
    return value.rpartition("@")[2].strip(".<>")


def _speaks_of(finding: Finding, domain: str) -> bool:
    """Of the sender's domain, of one above or below it, or of none in particular."""
    there = finding.domain
    return not there or there == domain or there.endswith(f".{domain}") or domain.endswith(f".{there}")


def _bare(field: str) -> str:
    """In lower case, without comments; what stands in quotes keeps its words, but none of them divides anything."""
    out, depth, quoted, escaped = [], 0, False, False
    for char in field.lower():
        kept = " " if depth else char
        if escaped or (quoted and char in ";=()"):
            escaped, kept = False, " " if depth else "_"
        elif char == "\\" and (quoted or depth):
            escaped = True
            continue
        elif char == '"' and not depth:
            quoted, kept = not quoted, ""
        elif char in "()" and (depth or char == "("):
            depth += 1 if char == "(" else -1
            kept = " "
        out.append(kept)
    return re.sub(r"\s+", " ", "".join(out))
