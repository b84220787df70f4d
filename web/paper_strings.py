"""What the room page's scripts say of documents; see ``room_strings``."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

PAPERS = {
    "paper_page": _l("Page %(page)s of %(pages)s"),
    "paper_pages": _l("pages: %(pages)s"),
    "paper_by": _l("%(name)s turns the pages"),
    "paper_leafing": _l("You leaf by yourself"),
    "paper_alone": _l("Only you see this"),
    "paper_follow": _l("Follow: page %(page)s"),
    "paper_no_words": _l("The text of this page cannot be read out of the file."),
    "paper_is_shown": _l("is shown now"),
    "paper_back": _l("Previous page"),
    "paper_next": _l("Next page"),
    "paper_hide": _l("Stop showing"),
    "paper_show_name": _l("Show to everybody: %(title)s"),
    "paper_shows": _l("%(name)s shows a document: %(title)s"),
    "paper_for": _l("for: %(names)s"),
    "paper_limited": _l("A document for some points"),
    "paper_withheld": _l("A document is shown that is not for your point."),
    "paper_adding": _l("The document is being added; its pages are drawn …"),
    "paper_added": _l("The document is there: %(title)s."),
}
