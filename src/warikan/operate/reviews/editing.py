"""Sections as people edit them together: no update is lost, every version is kept."""

from sqlalchemy import Connection, insert, select, update

from warikan.focus.errors import NotFound, UsageError
from warikan.operate.reviews.desk import LONGEST_SECTION, Desk, clean
from warikan.operate.reviews.document import SectionConflict, SectionText, SectionVersion
from warikan.operate.reviews.merging import marked_line, merge
from warikan.operate.reviews.rows import load_texts, number_of
from warikan.operate.reviews.sections import sections
from warikan.state.tables.reviews import review_sections, review_versions


class Editing(Desk):
    """The sections of reviews."""

    def edit(
        self,
        review_id: str,
        section_id: str,
        text: str,
        *,
        version: int,
        actor: str,
        merge_lines: bool = True,
    ) -> SectionText:
        """
        Save *text*, written by somebody who saw *version*.

        Where somebody else saved meanwhile and changed other lines, both changes are put together; the answer
        has what was saved.

        Raises:
            SectionConflict: the same lines were changed, or *merge_lines* is off; it carries both texts.
            NotFound: there is no such review or section, or it never had such a version.
            UsageError: the review is closed, the text is too long, or it holds marks of a conflict.
        """
        _require_section(section_id)
        wanted = clean(text, longest=LONGEST_SECTION, what=f"section {section_id}")
        if (place := marked_line(wanted)) is not None:
            raise UsageError(
                f"line {place} of the section still has a mark between two edits",
                hint="keep what is right of both, and remove the lines of <<<<<<<, ======= and >>>>>>>",
            )
        with self._writing(review_id) as (connection, row):
            now = _current(connection, row["id"], section_id)
            note = ""
            if now.version != version:
                wanted = _merged(connection, row["id"], now, wanted, version, allowed=merge_lines)
                note = "merged"
            if wanted != now.text:
                self._save(connection, row["id"], now, wanted, actor, note)
            return _current(connection, row["id"], section_id)

    def versions(self, review_id: str, section_id: str) -> tuple[SectionVersion, ...]:
        """
        Every state that a section ever had, newest first.

        Raises:
            NotFound: there is no such review or section.
        """
        _require_section(section_id)
        self.get(review_id)
        table = review_versions
        asked = (
            select(table)
            .where(table.c.review_id == number_of(review_id), table.c.section_id == section_id)
            .order_by(table.c.version.desc())
        )
        with self._state.read() as connection:
            return tuple(
                SectionVersion(r["section_id"], r["version"], r["text"], r["at"], r["actor"], r["note"])
                for r in connection.execute(asked).mappings()
            )

    def restore(
        self, review_id: str, section_id: str, restored: int, *, version: int, actor: str
    ) -> SectionText:
        """
        Make the text of version *restored* the newest one; nothing between is lost.

        Raises:
            SectionConflict: somebody saved after *version*.
            NotFound: there is no such review, section or version.
        """
        _require_section(section_id)
        with self._writing(review_id) as (connection, row):
            now = _current(connection, row["id"], section_id)
            old = _text_at(connection, row["id"], section_id, restored)
            if now.version != version:
                _merged(connection, row["id"], now, old, version, allowed=False)
            self._save(connection, row["id"], now, old, actor, f"restored from version {restored}")
            return _current(connection, row["id"], section_id)

    def _save(
        self, connection: Connection, number: int, now: SectionText, text: str, actor: str, note: str
    ) -> None:
        save_text(connection, number, now, text, actor=actor, at=self._clock(), note=note)
        before, after = {"version": now.version}, {"version": now.version + 1}
        self._record(connection, number, f"edit {now.section_id}", actor, before, after)


def save_text(
    connection: Connection,
    number: int,
    now: SectionText,
    text: str,
    *,
    actor: str,
    at: object,
    note: str,
    prefilled: str | None = None,
) -> None:
    """Make *text* the next version; *prefilled* where it is what the incident says."""
    version = now.version + 1
    values = {"version": version, "text": text, "updated_at": at, "updated_by": actor[:200]}
    if prefilled is not None:
        values["prefilled"] = prefilled
    table = review_sections
    # The review's row is locked; the version is asked for again so that no path can ever overwrite.
    done = connection.execute(
        update(table)
        .where(
            table.c.review_id == number,
            table.c.section_id == now.section_id,
            table.c.version == now.version,
        )
        .values(**values)
    )
    if done.rowcount != 1:
        raise AssertionError(f"section {now.section_id} changed under its lock")
    connection.execute(
        insert(review_versions).values(
            review_id=number,
            section_id=now.section_id,
            version=version,
            text=text,
            at=at,
            actor=actor[:200],
            note=note[:300],
        )
    )


def _current(connection: Connection, number: int, section_id: str) -> SectionText:
    return load_texts(connection, number)[section_id]


def _text_at(connection: Connection, number: int, section_id: str, version: int) -> str:
    table = review_versions
    asked = select(table.c.text).where(
        table.c.review_id == number, table.c.section_id == section_id, table.c.version == version
    )
    found = connection.execute(asked).scalar()
    if found is None:
        raise NotFound(f"section {section_id} never had a version {version}")
    return str(found)


def _merged(
    connection: Connection, number: int, now: SectionText, wanted: str, seen: int, *, allowed: bool
) -> str:
    base = _text_at(connection, number, now.section_id, seen)
    merged = merge(base, wanted, now.text)
    if allowed and merged.is_clean and len(merged.text) <= LONGEST_SECTION:
        return merged.text
    raise SectionConflict(
        f"section {now.section_id} has been edited by {now.updated_by} meanwhile: it is at version "
        f"{now.version}, you saw {seen}",
        base=base,
        yours=wanted,
        theirs=now.text,
        merged=merged.text,
        version=now.version,
    )


def _require_section(section_id: str) -> None:
    if section_id not in sections():
        raise NotFound(f"there is no section {section_id[:80]!r}", hint=f"there is: {', '.join(sections())}")
