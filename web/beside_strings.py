"""Words of the chat and the notes in the room."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

BESIDE = {
    "chat_title": _l("Chat"),
    "chat_help_desk": _l("Help desk"),
    "chat_to_chair": _l("To the chair"),
    "chat_to_help_desk": _l("To the help desk"),
    "chat_to_you": _l("Answer to you"),
    "chat_answer_to": _l("Answer to: %(name)s"),
    "chat_answer": _l("Write an answer"),
    "chat_remove": _l("Remove"),
    "chat_remove_question": _l("Remove this message?"),
    "chat_remove_detail": _l("Nobody sees its words any more. That it was removed is kept."),
    "chat_remove_do": _l("Remove"),
    "chat_removed": _l("The chair has removed this message."),
    "chat_being_sent": _l("Being sent"),
    "chat_says": _l("%(name)s writes: %(text)s"),
    "chat_says_to_chair": _l("%(name)s writes to the chair: %(text)s"),
    "chat_open": _l("Open the chat"),
    "chat_shut": _l("The chair has closed the chat for now."),
    "chat_outside": _l("You are not in the session now. What was written before can still be read."),
    "chat_files_shut": _l("Sending files is not allowed now."),
    "chat_file_large": _l("This file is larger than %(megabytes)s MB."),
    "chat_file_empty": _l("There is nothing in this file."),
    "chat_file_one": _l("One message brings one file; the first one was taken."),
    "chat_file_lost": _l("The page was loaded anew before the file was sent. Choose it again: %(name)s"),
    "chat_file_stop": _l("Take back"),
    "chat_file_gone": _l("The file cannot be opened now."),
    "file_kb": _l("%(number)s KB"),
    "file_mb": _l("%(number)s MB"),
    "notes_title": _l("Notes"),
    "notes_general": _l("On the session as a whole"),
    "notes_none": _l("Nothing has been written yet."),
    "notes_kept": _l("Kept at %(time)s by %(name)s"),
    "notes_being_kept": _l("Being kept"),
    "notes_wait": _l("No connection: what you write waits here and is kept when it is back."),
}
